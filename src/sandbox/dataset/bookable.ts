import type { CodeableConcept, Location, Practitioner, Reference, Schedule, Slot } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { isoTime } from './appointments.js';
import type { HospitalPlan } from './hospitals.js';
import { testMeta } from './labels.js';
import type { Random } from './random.js';

const FIRST_SCHEDULE_ID = 301;
const FIRST_SLOT_ID = 30001;
/** So many practitioners can be booked from outside. */
const SCHEDULES = 3;
const WEEKDAYS = 10;
const SATURDAY = 6;
/** After hours: no visit of the hospital's own planning lies there. */
const EVENING = [
  { hour: 17, minute: 0 },
  { hour: 17, minute: 30 },
  { hour: 18, minute: 0 },
  { hour: 18, minute: 30 },
];
const SLOT_MINUTES = 30;

const consultation: CodeableConcept = {
  coding: [{ system: 'http://snomed.info/sct', code: '11429006', display: 'Consultation' }],
  text: 'Consultation',
};

interface Making {
  plan: HospitalPlan;
  now: Date;
  practitioners: Practitioner[];
  locations: Location[];
  random: Random;
}

/** Evening consultations of some practitioners over the next ten weekdays, all of them free. */
export function makeBookable(making: Making): { schedules: Schedule[]; slots: Slot[] } {
  const schedules = making.practitioners
    .slice(0, SCHEDULES)
    .map((practitioner, n) => makeSchedule(making, practitioner, n));
  const times = timesOf(making);
  const slots = schedules.flatMap((schedule) => times.map((start) => ({ schedule, start })));
  return { schedules, slots: slots.map((slot, n) => makeSlot(making, slot, n)) };
}

function makeSchedule({ now, random, locations }: Making, { id, name }: Practitioner, n: number): Schedule {
  const place = locations[n % locations.length] as Location;
  const actor: Reference[] = [
    { reference: `Practitioner/${id}`, display: name?.[0]?.text },
    { reference: `Location/${place.id}`, display: place.name },
  ];
  return {
    resourceType: 'Schedule',
    id: String(FIRST_SCHEDULE_ID + n),
    meta: testMeta(now, random),
    active: true,
    serviceType: [consultation],
    actor,
  };
}

function timesOf({ plan, now }: Making): DateTime[] {
  const times: DateTime[] = [];
  let day = DateTime.fromJSDate(now, { zone: plan.timeZone }).startOf('day').plus({ days: 1 });
  for (let left = WEEKDAYS; left > 0; day = day.plus({ days: 1 })) {
    if (day.weekday >= SATURDAY) continue;
    for (const time of EVENING) times.push(day.set(time));
    left -= 1;
  }
  return times;
}

function makeSlot(
  { now, random }: Making,
  { schedule, start }: { schedule: Schedule; start: DateTime },
  n: number,
): Slot {
  return {
    resourceType: 'Slot',
    id: String(FIRST_SLOT_ID + n),
    meta: testMeta(now, random),
    serviceType: [consultation],
    schedule: { reference: `Schedule/${schedule.id}` },
    status: 'free',
    start: isoTime(start),
    end: isoTime(start.plus({ minutes: SLOT_MINUTES })),
  };
}
