import type { Appointment, AppointmentParticipant, FhirResource, Schedule, Slot } from 'fhir/r4.js';
import type { Capabilities } from './capabilities.js';
import { slotsHeld } from './appointment-change.js';
import { type Bases, keyText, parseReference } from './reference.js';
import type { AppointmentBooking, Difference } from './writes.js';

type Wanted = Pick<AppointmentBooking, 'identifier' | 'slot' | 'patient' | 'start'>;

/** Whoever's Schedule the Slot is of takes part, as far as R4 lets such an actor take part in an Appointment. */
const ACTORS = new Set(['Practitioner', 'PractitionerRole', 'Location', 'HealthcareService', 'Device']);

/**
 * The visit to be made. Oracle Health takes exactly one Slot and one Patient who has accepted, and fills in the rest from
 * the Slot (fhir-connector, section 2); everywhere else the times, the place and the people are said. Its create names
 * neither start nor end among its fields (fhir.cerner.com, appointment.yaml, and the example beside it has none), so this
 * alone of what we write stays short of R4 (app-3).
 */
export function bookingOf(
  { identifier, slot: reference, patient }: Wanted,
  {
    slot,
    schedule,
    reschedule,
  }: { slot: Slot; schedule: Schedule | null } & Pick<Capabilities, 'reschedule'>,
): Appointment {
  const who: AppointmentParticipant = { actor: { reference: patient }, status: 'accepted' };
  const least: Appointment = {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference }],
    participant: [who],
  };
  if (reschedule === 'slot') return least;
  return {
    ...least,
    identifier: [identifier],
    start: slot.start,
    end: slot.end,
    ...(slot.serviceType && { serviceType: slot.serviceType }),
    participant: [who, ...othersOf(schedule)],
  };
}

function othersOf(schedule: Schedule | null): AppointmentParticipant[] {
  const references = (schedule?.actor ?? []).flatMap(({ reference }) => reference ?? []);
  const actors = references.filter((reference) => ACTORS.has(parseReference(reference, '')?.type ?? ''));
  return actors.map((reference) => ({ actor: { reference }, status: 'accepted' }));
}

/** Ours among what a search gave: by our identifier, else a visit of this patient that holds this Slot. */
export function findBooking(
  found: readonly FhirResource[],
  wanted: Wanted,
  bases: Bases,
): Appointment | null {
  const visits = found.filter((one): one is Appointment => one.resourceType === 'Appointment').filter(isLive);
  const ours =
    visits.find((visit) => carries(visit, wanted.identifier)) ??
    visits.find((visit) => isFor(visit, wanted, bases));
  return ours ?? null;
}

/** What the visit is otherwise than it was asked for. An existing one may wait for the patient's answer. */
export function differencesOfBooking(
  visit: Appointment,
  wanted: Wanted,
  { bases, how }: { bases: Bases; how: 'created' | 'existing' },
): Difference[] {
  const own = ownPart(visit, wanted.patient, bases);
  const held = {
    status: visit.status === 'booked',
    'participant-status': own !== undefined && (how === 'existing' || own.status === 'accepted'),
    start: Date.parse(visit.start ?? '') === Date.parse(wanted.start),
    slot: slotsHeld(visit, bases).includes(wanted.slot),
  };
  return Object.entries(held).flatMap(([name, holds]) => (holds ? [] : [name as Difference]));
}

function isLive({ status }: Appointment): boolean {
  return !['cancelled', 'entered-in-error', 'noshow'].includes(status);
}

function carries({ identifier }: Appointment, { system, value }: Wanted['identifier']): boolean {
  return identifier?.some((one) => one.system === system && one.value === value) ?? false;
}

function isFor(visit: Appointment, { slot, patient }: Wanted, bases: Bases): boolean {
  return slotsHeld(visit, bases).includes(slot) && ownPart(visit, patient, bases) !== undefined;
}

function ownPart({ participant }: Appointment, patient: string, bases: Bases) {
  return participant?.find(({ actor }) => {
    const key = parseReference(actor?.reference, bases);
    return key !== null && keyText(key) === patient;
  });
}
