import type { Appointment, FhirResource, RelatedPerson } from 'fhir/r4.js';
import { type Bases, isForeign, parseReference } from './reference.js';
import type { FollowedType } from './rows.js';
import { isMalformed } from './shape.js';

/** `ignored`: sound, but nothing that could be acted on. */
export type RowCheck = { state: 'valid' } | { state: 'ignored' } | { state: 'invalid'; reason: string };

/** R4 Appointment.status, required binding. */
const STATUSES = new Set([
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
]);

/** R4 app-3, whose expression lets waitlist through too; an entry in error need not be in order. */
const MAY_LACK_START = new Set(['proposed', 'cancelled', 'waitlist', 'entered-in-error']);

const VALID: RowCheck = { state: 'valid' };

/**
 * Whether a row of the EHR can be used. Reasons: `malformed`, `unknown-status`, `no-participant`, `no-patient`,
 * `no-start`, `bad-start`, `start-without-offset`, `bad-end`, `end-without-offset`, `end-before-start`.
 */
export function checkRow(type: FollowedType, resource: FhirResource, bases: Bases): RowCheck {
  if (isMalformed(type, resource)) return invalid('malformed');
  if (type === 'RelatedPerson') return checkRelatedPerson(resource as RelatedPerson, bases);
  return type === 'Appointment' ? checkAppointment(resource as Appointment, bases) : VALID;
}

function checkRelatedPerson({ patient }: RelatedPerson, bases: Bases): RowCheck {
  return parseReference(patient?.reference, bases)?.type === 'Patient' ? VALID : invalid('no-patient');
}

function checkAppointment(visit: Appointment, bases: Bases): RowCheck {
  if (!STATUSES.has(visit.status)) return invalid('unknown-status');
  if (visit.participant === undefined) return invalid('no-participant');
  if (visit.start === undefined && MAY_LACK_START.has(visit.status)) return { state: 'ignored' };
  const fault = faultOfTimes(visit);
  if (fault) return invalid(fault);
  return namesPatient(visit, bases) ? VALID : invalid('no-patient');
}

function faultOfTimes({ start, end }: Appointment): string | null {
  if (start === undefined) return 'no-start';
  const begins = readInstant(start);
  if (typeof begins === 'string') return `${begins === 'bad' ? 'bad-start' : 'start-without-offset'}`;
  if (end === undefined) return null;
  const ends = readInstant(end);
  if (typeof ends === 'string') return `${ends === 'bad' ? 'bad-end' : 'end-without-offset'}`;
  return ends < begins ? 'end-before-start' : null;
}

const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)?$/;
const OFFSET = /(Z|[+-]\d\d:\d\d)$/;

/** An R4 instant, or what is wrong with it. JavaScript alone would take 31 February for 3 March. */
export function readInstant(text: unknown): Date | 'bad' | 'no-offset' {
  if (typeof text !== 'string' || !DATE_TIME.test(text) || !isOnCalendar(text)) return 'bad';
  return OFFSET.test(text) ? new Date(text) : 'no-offset';
}

function isOnCalendar(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5, 7))];
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function namesPatient({ participant }: Appointment, bases: Bases): boolean {
  return participant.some(({ actor }) => parseReference(actor?.reference, bases)?.type === 'Patient');
}

/** Everyone and everything in this EHR that takes part. */
export function actorsOf(visit: Appointment, bases: Bases): { type: string; id: string }[] {
  return visit.participant.flatMap(
    (participant) => parseReference(participant.actor?.reference, bases) ?? [],
  );
}

/** Whether somebody or something of another server takes part. */
export function namesForeign(resource: FhirResource, bases: Bases): boolean {
  if (resource.resourceType !== 'Appointment') return false;
  return resource.participant.some(({ actor }) => isForeign(actor?.reference, bases));
}

function invalid(reason: string): RowCheck {
  return { state: 'invalid', reason };
}
