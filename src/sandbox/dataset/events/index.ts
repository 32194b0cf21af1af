import type { Appointment, Patient } from 'fhir/r4.js';
import type { Random } from '../random.js';
import { appointmentEvents } from './appointment-events.js';
import type { EhrEvent } from './event.js';
import { mergeEvents } from './merge-events.js';
import { patientEvents } from './patient-events.js';
import type { Scene } from './scene.js';
import { statusEvents } from './status-events.js';

/** Everything that can happen at this hospital; an event whose rows the data set lacks is left out. */
export function makeEvents({
  data,
  now,
  random,
}: Omit<Scene, 'visits' | 'people'> & { random: Random }): EhrEvent[] {
  const taken = new Set([
    ...Object.values(data.cases).flat(),
    ...data.dirtyAppointments.map((id) => `Appointment/${id}`),
  ]);
  const free = ({ resourceType, id }: Appointment | Patient) => !taken.has(`${resourceType}/${id}`);
  const ahead = ({ status, start }: Appointment) =>
    status === 'booked' && start !== undefined && new Date(start) > now;
  const scene: Scene = {
    data,
    now,
    visits: random.shuffle(data.appointments.filter((visit) => free(visit) && ahead(visit))),
    people: random.shuffle(data.patients.filter((patient) => free(patient) && isPlain(patient))),
  };
  return [
    ...appointmentEvents(scene),
    ...patientEvents(scene),
    ...mergeEvents(scene),
    ...statusEvents(scene),
  ].filter(({ steps }) => steps.length > 0);
}

const isPlain = ({ active, telecom = [], deceasedDateTime }: Patient): boolean =>
  active === true && !deceasedDateTime && telecom.length === 1 && telecom[0]?.use === 'mobile';
