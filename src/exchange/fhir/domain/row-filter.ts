import type { Appointment, FhirResource, Reference } from 'fhir/r4.js';
import { type Bases, keyText, parseReference } from './reference.js';
import { readInstant } from './row-checks.js';

/** Whether a visit names a place, a practitioner or a patient (`Location/1`); empty: no one need be named. */
export function namesPlace(resource: FhirResource, place: string, bases: Bases): boolean {
  if (place === '' || resource.resourceType !== 'Appointment') return true;
  // What is no list is told by the check of the row.
  if (!Array.isArray(resource.participant)) return true;
  const actors = (resource.participant as (Appointment['participant'][number] | null)[]).flatMap(
    (participant) => parseReference(participant?.actor?.reference, bases) ?? [],
  );
  return actors.some((actor) => keyText(actor) === place);
}

/**
 * Whether a row can be an answer to a search, as far as the search asked for an id, a status, a patient or days: an EHR
 * may drop a filter and say so, or not.
 */
export function answers(resource: FhirResource, params: Record<string, string>, bases: Bases): boolean {
  const { _id, status, patient, date } = params;
  return (
    (_id === undefined || _id.split(',').includes(resource.id!)) &&
    (status === undefined || status.split(',').includes((resource as { status?: string }).status ?? '')) &&
    (patient === undefined || namesPatient(resource, patient, bases)) &&
    (date === undefined || resource.resourceType !== 'Appointment' || liesOn(resource, date))
  );
}

function namesPatient(resource: FhirResource, patient: string, bases: Bases): boolean {
  const wanted = patient.includes('/') ? patient : `Patient/${patient}`;
  if (resource.resourceType === 'Appointment') return namesPlace(resource, wanted, bases);
  const { subject, patient: named } = resource as { subject?: Reference; patient?: Reference };
  const key = parseReference((subject ?? named)?.reference, bases);
  // What is included beside the answer names nobody.
  return key === null || keyText(key) === wanted;
}

/** Only an instant with its prefix can be compared: a day is one in the server's zone. */
function liesOn({ start }: Appointment, date: string): boolean {
  const [, prefix, text] = /^(ge|gt|le|lt)(.+T.+)$/.exec(date) ?? [];
  const limit = readInstant(text);
  const at = readInstant(start);
  if (!(limit instanceof Date) || !(at instanceof Date)) return true;
  if (prefix === 'ge') return at >= limit;
  if (prefix === 'gt') return at > limit;
  return prefix === 'le' ? at <= limit : at < limit;
}
