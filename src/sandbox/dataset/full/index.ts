import { makeBookable } from '../bookable.js';
import { makeCareTeams } from '../care-teams.js';
import type { HospitalData } from '../hospital-data.js';
import { type PhoneBook, phoneBook } from '../phones.js';
import { seededRandom } from '../random.js';
import { makePractitioners } from '../staff.js';
import { type Programme, smallProgramme, type Status } from '../visit-plan.js';
import { AppointmentBook } from './appointment-book.js';
import { addCalendarCases } from './calendar-cases.js';
import { addConsentCases } from './consent-cases.js';
import { addHouseholdCases } from './household-cases.js';
import { addLifeCases } from './life-cases.js';
import { addMergeCases } from './merge-cases.js';
import { addMinorCases } from './minor-cases.js';
import { addNameCases } from './name-cases.js';
import { makePlaces, makeRoles, makeServices } from './places.js';
import { type FullPlan, fullPlans } from './plans.js';
import { addStatusCases } from './status-cases.js';
import { addTelecomCases, switchboardOf } from './telecom-cases.js';
import { addVisitCases } from './visit-cases.js';
import { Ward } from './ward.js';

const PAST_VISITS = 150;
const HORIZON_DAYS = 60;
/** National numbers that a case uses as they stand. */
const KEPT = ['2079460990', '2079460991', '6175550100'];

export type Hospital = Omit<HospitalData, 'events'>;

/** Three hospitals with an example of everything that makes an integration stumble. */
export function makeFullHospitals({ seed, now }: { seed: number; now: Date }): Hospital[] {
  const phones = phoneBook(seededRandom(seed, 'phones'), { kept: KEPT });
  return fullPlans.map((plan) => makeHospital(plan, { seed, now, phones }));
}

interface World {
  seed: number;
  now: Date;
  phones: PhoneBook;
}

function makeHospital(plan: FullPlan, { seed, now, phones }: World): Hospital {
  const random = (part: string) => seededRandom(seed, `${plan.slug}/${part}`);
  const ward = new Ward({ plan, now, phones, random: random('patients'), households: new Map() });
  fillWard(ward);
  const practitioners = makePractitioners(plan, now, random('practitioners'));
  const switchboard = switchboardOf(plan);
  const locations = makePlaces({ plan, now, random: random('locations'), switchboard });
  const roles = makeRoles(practitioners, now, random('roles'));
  const services = makeServices(now, random('services'));
  const [main] = locations as [(typeof locations)[number]];
  const book = new AppointmentBook({
    plan,
    now,
    random: random('appointments'),
    patients: ward.patients,
    practitioners,
    // The first place is twice as busy: a closure there must hit 120 visits.
    locations: [main, ...locations],
  });
  addStatusCases(book);
  addCalendarCases(book);
  addVisitCases(book, { roles, services });
  book.fill(plan.appointments, (rows) => programmeOf(rows, ward.patients.length));
  const { slug, name, timeZone, languages, country } = plan;
  const { patients, relatedPersons, consents, spoiledNumbers, whatsappIds, deleted } = ward;
  return {
    ...{ slug, name, timeZone, languages, country },
    ...{ patients, practitioners, locations, relatedPersons, consents },
    appointments: book.appointments,
    dirtyAppointments: book.dirty,
    practitionerRoles: roles,
    healthcareServices: services,
    ...makeBookable({ plan, now, practitioners, locations, random: random('slots') }),
    careTeams: makeCareTeams({ now, patients, practitioners, random: random('teams') }),
    ...{ deleted, spoiledNumbers, whatsappIds },
    cases: { ...ward.cases, ...book.cases },
  };
}

function fillWard(ward: Ward): void {
  addNameCases(ward);
  addTelecomCases(ward);
  addLifeCases(ward);
  addMinorCases(ward);
  addHouseholdCases(ward);
  addMergeCases(ward);
  addConsentCases(ward);
  while (ward.patients.length < ward.making.plan.patients) ward.patient();
}

/** The shares of the small set over more rows; everybody has a visit within the next days. */
function programmeOf(rows: number, patients: number): Programme {
  return {
    past: spread(smallProgramme.past, PAST_VISITS),
    near: spread(smallProgramme.near, patients),
    later: spread(smallProgramme.later, rows - PAST_VISITS - patients),
    horizonDays: HORIZON_DAYS,
  };
}

function spread(statuses: Status[], count: number): Status[] {
  return Array.from({ length: count }, (_, n) => statuses[n % statuses.length] as Status);
}
