import type { Appointment, AppointmentParticipant, Slot } from 'fhir/r4.js';
import type { AppointmentWriteLevel, Capabilities } from './capabilities.js';
import { type Bases, keyText, parseReference } from './reference.js';
import type { AppointmentChange, AppointmentWrite, Difference } from './writes.js';

const REASONS = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

/** R4 appointment-cancellation-reason: the patient wished it. */
const PATIENT_CANCELLED = { coding: [{ system: REASONS, code: 'pat', display: 'Patient' }] };

type Status = Appointment['status'];

/** From these a patient may still cancel; after arrival it is the desk's business. */
const OPEN: readonly Status[] = ['proposed', 'pending', 'booked', 'waitlist'];
/** From these a patient may still confirm, decline and move. */
const ANSWERABLE: readonly Status[] = ['pending', 'booked'];
/** Oracle Health's allowed moves that end in `cancelled`, but for those after arrival (fhir-connector, section 2). */
const OPEN_AT_STATUS_LEVEL: readonly Status[] = ['proposed', 'booked'];

/** Oracle Health's extensions on Appointment: whether it lets this visit be cancelled or moved at all. */
const ORACLE_EXTENSIONS = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/';

/** Where a visit is moved to; without a slot its times alone change. */
export interface Target {
  slot: string | null;
  start: string;
  end: string;
}

/** How this EHR takes the change. */
export interface Manner {
  bases: Bases;
  level: AppointmentWriteLevel;
  reschedule: Capabilities['reschedule'];
  /** What `moveTo` comes to. */
  target: Target | null;
}

export type Standing = { state: 'done' } | { state: 'open' } | { state: 'refused'; code: string };

export interface PatchStep {
  op: 'test' | 'replace' | 'add';
  path: string;
  value: unknown;
}

export function targetOf({ id = '', start, end }: Slot): Target {
  return { slot: `Slot/${id}`, start, end };
}

/** How the visit stands towards the change: done already, still possible, or why not. */
export function standingOf(
  visit: Appointment,
  { change, expect }: Pick<AppointmentWrite, 'change' | 'expect'>,
  manner: Manner,
): Standing {
  if (isDone(visit, change, manner)) return { state: 'done' };
  if (hasMoved(visit, expect?.start)) return refused('moved');
  if (!openFor(change, manner).includes(visit.status)) return refused(`status-${visit.status}`);
  const obstacle = obstacleTo(visit, change, manner);
  return obstacle ? refused(obstacle) : { state: 'open' };
}

/**
 * The change as a JSON Patch (RFC 6902). A plain server gets it with tests of what it stands on. Oracle Health takes a
 * short list of operations and no test among them; there If-Match alone guards.
 */
export function patchFor(visit: Appointment, change: AppointmentChange, manner: Manner): PatchStep[] {
  const steps = changingSteps(visit, change, manner);
  const isNarrow = manner.level === 'L1' || 'moveTo' in change;
  return isNarrow ? steps : [...testingSteps(visit, change, manner), ...steps];
}

/** The whole visit with the change in it, everything else as it was. */
export function updateFor(visit: Appointment, change: AppointmentChange, manner: Manner): Appointment {
  if ('status' in change) return { ...visit, status: 'cancelled', cancelationReason: PATIENT_CANCELLED };
  if ('moveTo' in change) return movedTo(visit, manner.target!);
  const index = indexOf(visit, change.patient, manner.bases);
  const participant = visit.participant.map((one, at) =>
    at === index ? ({ ...one, status: change.participantStatus } as AppointmentParticipant) : one,
  );
  return { ...visit, participant };
}

/** Whether the EHR shows already what is wished, whoever did it. */
export function isDone(visit: Appointment, change: AppointmentChange, manner: Manner): boolean {
  if ('status' in change) return visit.status === 'cancelled';
  if (!ANSWERABLE.includes(visit.status)) return false;
  if ('participantStatus' in change)
    return statusOf(visit, change.patient, manner) === change.participantStatus;
  return startsAt(visit, manner.target!.start) && holdsSlots(visit, slotsOf(manner.target!), manner);
}

/** What the EHR made otherwise of a change that it said yes to; none when it did what was asked and nothing beside it. */
export function differencesOf(
  after: Appointment,
  { before, change }: { before: Appointment; change: AppointmentChange },
  manner: Manner,
): Difference[] {
  if ('status' in change) {
    return differing({ status: after.status === 'cancelled', reason: keepsReason(after) });
  }
  const { start, slots } = timesAfter(before, manner);
  const times = { start: startsAt(after, start), slot: holdsSlots(after, slots, manner) };
  if ('moveTo' in change) return differing({ status: after.status === before.status, ...times });
  return differing({
    // A pending visit may become booked once everybody has accepted.
    status: ANSWERABLE.includes(after.status),
    'participant-status': statusOf(after, change.patient, manner) === change.participantStatus,
    ...times,
  });
}

/** The Slots that the visit holds, in this EHR: `Slot/9`. */
export function slotsHeld({ slot }: Appointment, bases: Bases): string[] {
  const keys = (slot ?? []).map(({ reference }) => parseReference(reference, bases));
  return keys.flatMap((key) => (key?.type === 'Slot' ? [keyText(key)] : []));
}

function openFor(change: AppointmentChange, { level }: Manner): readonly Status[] {
  if (!('status' in change)) return ANSWERABLE;
  return level === 'L1' ? OPEN_AT_STATUS_LEVEL : OPEN;
}

function obstacleTo(visit: Appointment, change: AppointmentChange, manner: Manner): string | null {
  const { bases, reschedule } = manner;
  if ('participantStatus' in change) {
    return indexOf(visit, change.patient, bases) < 0 ? 'no-participant' : null;
  }
  if ('status' in change) return forbids(visit, 'is-cancelable') ? 'not-cancelable' : null;
  if (forbids(visit, 'is-reschedulable')) return 'not-reschedulable';
  if (patientsIn(visit, bases).size > 1) return 'group-visit';
  // A slot is only ever replaced there, so there must be one.
  return reschedule === 'slot' && slotsHeld(visit, bases).length !== 1 ? 'no-slot' : null;
}

function forbids({ extension }: Appointment, name: string): boolean {
  return (
    extension?.some((one) => one.url === ORACLE_EXTENSIONS + name && one.valueBoolean === false) ?? false
  );
}

function changingSteps(visit: Appointment, change: AppointmentChange, manner: Manner): PatchStep[] {
  if ('status' in change) {
    return [
      { op: 'replace', path: '/status', value: 'cancelled' },
      { op: 'add', path: '/cancelationReason', value: PATIENT_CANCELLED },
    ];
  }
  // The slot alone: the EHR takes the times from it.
  if ('moveTo' in change)
    return [{ op: 'replace', path: '/slot', value: movedTo(visit, manner.target!).slot }];
  const index = indexOf(visit, change.patient, manner.bases);
  return [{ op: 'replace', path: `/participant/${index}/status`, value: change.participantStatus }];
}

function testingSteps(visit: Appointment, change: AppointmentChange, { bases }: Manner): PatchStep[] {
  const status: PatchStep = { op: 'test', path: '/status', value: visit.status };
  if (!('participantStatus' in change)) return [status];
  const index = indexOf(visit, change.patient, bases);
  const { reference } = visit.participant[index]!.actor!;
  return [status, { op: 'test', path: `/participant/${index}/actor/reference`, value: reference }];
}

function movedTo(visit: Appointment, { slot, start, end }: Target): Appointment {
  const { slot: _before, minutesDuration, ...rest } = visit;
  return {
    ...rest,
    start,
    end,
    ...(minutesDuration !== undefined && { minutesDuration: minutesBetween(start, end) }),
    ...(slot !== null && { slot: [{ reference: slot }] }),
  };
}

function minutesBetween(start: string, end: string): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
}

function timesAfter(before: Appointment, { target, bases }: Manner): { start?: string; slots: string[] } {
  if (target) return { start: target.start, slots: slotsOf(target) };
  return { ...(before.start && { start: before.start }), slots: slotsHeld(before, bases) };
}

function slotsOf({ slot }: Target): string[] {
  return slot === null ? [] : [slot];
}

function holdsSlots(visit: Appointment, slots: readonly string[], { bases }: Manner): boolean {
  const held = slotsHeld(visit, bases);
  return held.length === slots.length && slots.every((slot) => held.includes(slot));
}

/** An EHR may tell the reason in its own codes; it must not tell another, and not none. */
function keepsReason({ cancelationReason }: Appointment): boolean {
  const codings = cancelationReason?.coding ?? [];
  const standard = codings.filter(({ system }) => system === REASONS);
  return codings.length > 0 && standard.every(({ code }) => code === 'pat');
}

function differing(held: Partial<Record<Difference, boolean>>): Difference[] {
  return Object.entries(held).flatMap(([name, holds]) => (holds ? [] : [name as Difference]));
}

function hasMoved(visit: Appointment, start: string | undefined): boolean {
  return start !== undefined && !startsAt(visit, start);
}

function startsAt(visit: Appointment, start: string | undefined): boolean {
  return Date.parse(visit.start ?? '') === Date.parse(start ?? '');
}

function statusOf(visit: Appointment, patient: string, { bases }: Manner): string | undefined {
  return visit.participant[indexOf(visit, patient, bases)]?.status;
}

function indexOf(visit: Appointment, patient: string, bases: Bases): number {
  return visit.participant.findIndex(({ actor }) => {
    const key = parseReference(actor?.reference, bases);
    return key !== null && keyText(key) === patient;
  });
}

function patientsIn({ participant }: Appointment, bases: Bases): Set<string> {
  const keys = participant.map(({ actor }) => parseReference(actor?.reference, bases));
  return new Set(keys.flatMap((key) => (key?.type === 'Patient' ? [keyText(key)] : [])));
}

function refused(code: string): Standing {
  return { state: 'refused', code };
}
