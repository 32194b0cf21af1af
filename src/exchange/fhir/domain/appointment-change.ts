import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import { type Bases, parseReference } from './reference.js';
import type { AppointmentChange, AppointmentWrite } from './writes.js';

/** R4 appointment-cancellation-reason: the patient wished it. */
const PATIENT_CANCELLED = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
      code: 'pat',
      display: 'Patient',
    },
  ],
};

/** From these a patient may still confirm or cancel; after arrival it is the desk's business. */
const OPEN = new Set(['proposed', 'pending', 'booked', 'waitlist']);
const CONFIRMABLE = new Set(['pending', 'booked']);

export type Standing = { state: 'done' } | { state: 'open' } | { state: 'refused'; code: string };

export interface PatchStep {
  op: 'test' | 'replace' | 'add';
  path: string;
  value: unknown;
}

/** How the visit stands towards the change: done already, still possible, or why not. */
export function standingOf(visit: Appointment, { change, expect }: AppointmentWrite, bases: Bases): Standing {
  if (isDone(visit, change, bases)) return { state: 'done' };
  if (hasMoved(visit, expect?.start)) return { state: 'refused', code: 'moved' };
  const possible = 'status' in change ? OPEN : CONFIRMABLE;
  if (!possible.has(visit.status)) return { state: 'refused', code: `status-${visit.status}` };
  if ('participantStatus' in change && indexOf(visit, change.patient, bases) < 0) {
    return { state: 'refused', code: 'no-participant' };
  }
  return { state: 'open' };
}

/** The change as a JSON Patch (RFC 6902) that tests what it stands on. */
export function patchFor(visit: Appointment, change: AppointmentChange, bases: Bases): PatchStep[] {
  if ('status' in change) {
    return [
      { op: 'test', path: '/status', value: visit.status },
      { op: 'replace', path: '/status', value: 'cancelled' },
      { op: 'add', path: '/cancelationReason', value: PATIENT_CANCELLED },
    ];
  }
  const index = indexOf(visit, change.patient, bases);
  const at = `/participant/${index}`;
  return [
    { op: 'test', path: '/status', value: visit.status },
    { op: 'test', path: `${at}/actor/reference`, value: visit.participant[index]!.actor!.reference },
    { op: 'replace', path: `${at}/status`, value: 'accepted' },
  ];
}

/** The whole visit with the change in it, everything else as it was. */
export function updateFor(visit: Appointment, change: AppointmentChange, bases: Bases): Appointment {
  if ('status' in change) return { ...visit, status: 'cancelled', cancelationReason: PATIENT_CANCELLED };
  const index = indexOf(visit, change.patient, bases);
  const participant = visit.participant.map((one, at) =>
    at === index ? ({ ...one, status: 'accepted' } as AppointmentParticipant) : one,
  );
  return { ...visit, participant };
}

export function isDone(visit: Appointment, change: AppointmentChange, bases: Bases): boolean {
  if ('status' in change) return visit.status === 'cancelled';
  const participant = visit.participant[indexOf(visit, change.patient, bases)];
  return CONFIRMABLE.has(visit.status) && participant?.status === 'accepted';
}

function hasMoved(visit: Appointment, start: string | undefined): boolean {
  return start !== undefined && Date.parse(visit.start ?? '') !== Date.parse(start);
}

function indexOf(visit: Appointment, patient: string, bases: Bases): number {
  return visit.participant.findIndex(({ actor }) => {
    const key = parseReference(actor?.reference, bases);
    return key !== null && `${key.type}/${key.id}` === patient;
  });
}
