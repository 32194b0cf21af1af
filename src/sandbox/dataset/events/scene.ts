import type { Appointment, Patient } from 'fhir/r4.js';
import type { HospitalData } from '../hospital-data.js';

/** What the events of one hospital are made from. */
export interface Scene {
  data: Omit<HospitalData, 'events'>;
  now: Date;
  /** Booked visits ahead that are no example of anything, in an order that the seed decides. */
  visits: Appointment[];
  /** Grown-ups with one good number who are no example of anything, in an order that the seed decides. */
  people: Patient[];
}
