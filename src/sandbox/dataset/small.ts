import { makeAppointments } from './appointments.js';
import { makeBookable } from './bookable.js';
import { makeCareTeams } from './care-teams.js';
import { makeGuardians } from './guardians.js';
import { type HospitalData, nothingSpecial } from './hospital-data.js';
import { type HospitalPlan, hospitalPlans } from './hospitals.js';
import { makePatients } from './patients.js';
import { type PhoneBook, phoneBook } from './phones.js';
import { seededRandom } from './random.js';
import { makeLocations, makePractitioners } from './staff.js';

type Small = Omit<HospitalData, 'events'>;

/** Two hospitals, 120 patients, 400 appointments: what `npm start` shows. */
export function makeSmallHospitals({ seed, now }: { seed: number; now: Date }): Small[] {
  const phones = phoneBook(seededRandom(seed, 'phones'));
  return hospitalPlans.map((plan) => makeHospital(plan, { seed, now, phones }));
}

function makeHospital(
  plan: HospitalPlan,
  { seed, now, phones }: { seed: number; now: Date; phones: PhoneBook },
): Small {
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
  return {
    slug,
    name,
    timeZone,
    languages,
    country,
    patients,
    practitioners,
    locations,
    ...visits,
    ...nothingSpecial(),
    relatedPersons: makeGuardians(patients, { plan, now, random: random('guardians') }),
    ...makeBookable({ plan, now, practitioners, locations, random: random('slots') }),
    careTeams: makeCareTeams({ now, patients, practitioners, random: random('teams') }),
  };
}
