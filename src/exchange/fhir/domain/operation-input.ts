import type { Appointment, Parameters, ParametersParameter } from 'fhir/r4.js';
import type { SlotQuery } from './writes.js';

/** What IHE ITI Scheduling 1.0 $find is asked. */
export function findInput({ service, practitioner, location, from, until }: SlotQuery): Parameters {
  const parameter: ParametersParameter[] = [
    { name: 'start', valueDateTime: from.toISOString() },
    { name: 'end', valueDateTime: until.toISOString() },
    ...(service === undefined ? [] : [{ name: 'visit-type', valueString: service }]),
    ...(practitioner === undefined
      ? []
      : [{ name: 'practitioner', valueReference: { reference: practitioner } }]),
    ...(location === undefined
      ? []
      : [{ name: 'location-reference', valueReference: { reference: location } }]),
  ];
  return { resourceType: 'Parameters', parameter };
}

/** What IHE ITI Scheduling 1.0 $book is given: the visit, pending until the EHR books it. */
export function bookInput(visit: Appointment): Parameters {
  const resource: Appointment = { ...visit, status: 'pending' };
  return { resourceType: 'Parameters', parameter: [{ name: 'appointment-resource', resource }] };
}
