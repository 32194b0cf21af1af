import type { Appointment, Location, Patient, Practitioner } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { HospitalPlan } from './hospitals.js';
import type { Random } from './random.js';
import { Diary, LONGEST_VISIT_MINUTES, spanOf } from './visit-times.js';

const PAST = { days: 10 };
const NEAR = { days: 4 };
/** The first visits lie a little ahead, so that a run that starts now still finds them ahead. */
const HEAD_START = { hours: 1 };

export type Status = Appointment['status'];

export const repeat = (status: Status, count: number): Status[] => Array<Status>(count).fill(status);

/** How the visits of a hospital are spread: over the ten days before now, the next four days, and what follows. */
export interface Programme {
  past: Status[];
  near: Status[];
  later: Status[];
  horizonDays: number;
}

export const smallProgramme: Programme = {
  horizonDays: 40,
  past: [
    ...repeat('fulfilled', 18),
    ...repeat('noshow', 4),
    ...repeat('cancelled', 4),
    ...repeat('arrived', 2),
    ...repeat('checked-in', 1),
    ...repeat('entered-in-error', 1),
  ],
  near: [
    ...repeat('booked', 54),
    ...repeat('pending', 3),
    ...repeat('cancelled', 2),
    ...repeat('proposed', 1),
  ],
  later: [
    ...repeat('booked', 83),
    ...repeat('pending', 8),
    ...repeat('cancelled', 6),
    ...repeat('proposed', 4),
    ...repeat('waitlist', 3),
    ...repeat('entered-in-error', 1),
  ],
};

export interface Making {
  plan: HospitalPlan;
  now: Date;
  random: Random;
  patients: Patient[];
  practitioners: Practitioner[];
  locations: Location[];
}

export interface Visit {
  status: Status;
  start: DateTime;
  minutes: number;
  patient: Patient;
  practitioner: Practitioner;
  location: Location;
}

/** Who meets whom, where and when; every patient has a visit within the next days. */
export function planVisits(making: Making, programme: Programme): Visit[] {
  const { plan, random } = making;
  const now = DateTime.fromJSDate(making.now, { zone: plan.timeZone });
  const diary = new Diary(random);
  const spans = {
    past: spanOf(now.minus(PAST), now),
    near: spanOf(now.plus(HEAD_START), now.plus(NEAR)),
    later: spanOf(now.plus(NEAR), now.plus({ days: programme.horizonDays })),
  };
  const patients = random.shuffle(making.patients);
  let turn = 0;
  return (['past', 'near', 'later'] as const).flatMap((span) => {
    return random.shuffle(programme[span]).map((status) => {
      const patient = patients[turn++ % patients.length] as Patient;
      const practitioner = random.pick(making.practitioners);
      const start = diary.book(spans[span], [`patient ${patient.id}`, `practitioner ${practitioner.id}`]);
      const minutes = random.pick([15, 30, LONGEST_VISIT_MINUTES]);
      return { status, start, minutes, patient, practitioner, location: random.pick(making.locations) };
    });
  });
}
