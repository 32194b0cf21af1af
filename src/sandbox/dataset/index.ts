import type { Appointment, Location, Patient, Practitioner } from 'fhir/r4.js';
import { makeAppointments } from './appointments.js';
import { type HospitalPlan, hospitalPlans } from './hospitals.js';
import { makePatients } from './patients.js';
import { type PhoneBook, phoneBook } from './phones.js';
import { seededRandom } from './random.js';
import { makeLocations, makePractitioners } from './staff.js';

export interface HospitalData {
  slug: string;
  name: string;
  /** IANA zone. */
  timeZone: string;
  /** BCP 47, the hospital's first choice first. */
  languages: string[];
  /** ISO 3166-1 alpha-2. */
  country: string;
  patients: Patient[];
  practitioners: Practitioner[];
  locations: Location[];
  appointments: Appointment[];
  /** Ids of the appointments that are broken on purpose. */
  dirtyAppointments: string[];
}

/**
 * Two hospitals of invented people: the same seed and now give the same rows. Both number their rows alike, as
 * hospitals do, so an id alone never tells whose row it is.
 */
export function makeDataset({ seed, now }: { seed: number; now: Date }): { hospitals: HospitalData[] } {
  const phones = phoneBook(seededRandom(seed, 'phones'));
  return { hospitals: hospitalPlans.map((plan) => makeHospital(plan, { seed, now, phones })) };
}

function makeHospital(
  plan: HospitalPlan,
  { seed, now, phones }: { seed: number; now: Date; phones: PhoneBook },
): HospitalData {
  const random = (part: string) => seededRandom(seed, `${plan.slug}/${part}`);
  const patients = makePatients({ plan, now, phones, random: random('patients') });
  const practitioners = makePractitioners(plan, now, random('practitioners'));
  const locations = makeLocations(plan, now, random('locations'));
  const visits = makeAppointments({
    plan,
    now,
    patients,
    practitioners,
    locations,
    random: random('appointments'),
  });
  const { slug, name, timeZone, languages, country } = plan;
  return { slug, name, timeZone, languages, country, patients, practitioners, locations, ...visits };
}
