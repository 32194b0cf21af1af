import type { Appointment, AppointmentParticipant, Location, Patient, Practitioner } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { spoil } from './dirty-rows.js';
import type { HospitalPlan } from './hospitals.js';
import { testMeta } from './labels.js';
import type { Random } from './random.js';
import { Diary, openStarts } from './visit-times.js';

const FIRST_APPOINTMENT_ID = 20001;
const LONGEST_MINUTES = 45;
const PAST = { days: 10 };
const NEAR = { days: 4 };
const HORIZON = { days: 40 };
/** The first visits lie a little ahead, so that a run that starts now still finds them ahead. */
const HEAD_START = { hours: 1 };

type Status = Appointment['status'];

const repeat = (status: Status, count: number): Status[] => Array<Status>(count).fill(status);

const statuses: Record<'past' | 'near' | 'later', Status[]> = {
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

interface Making {
  plan: HospitalPlan;
  now: Date;
  random: Random;
  patients: Patient[];
  practitioners: Practitioner[];
  locations: Location[];
}

interface Visit {
  status: Status;
  start: DateTime;
  minutes: number;
  patient: Patient;
  practitioner: Practitioner;
  location: Location;
}

/** The hospital's visits in the order of their ids, and the ids of the rows that no validator would have let in. */
export function makeAppointments(making: Making): {
  appointments: Appointment[];
  dirtyAppointments: string[];
} {
  const { random } = making;
  const clean = random.shuffle(planVisits(making)).map((visit, n) => makeAppointment(making, visit, n));
  const later = clean.filter(
    ({ status, start }) => status === 'booked' && start && new Date(start) > making.now,
  );
  const dirty = spoil(later, FIRST_APPOINTMENT_ID + clean.length);
  return { appointments: [...clean, ...dirty], dirtyAppointments: dirty.map(({ id }) => id as string) };
}

function planVisits(making: Making): Visit[] {
  const { plan, random } = making;
  const now = DateTime.fromJSDate(making.now, { zone: plan.timeZone });
  const first = now.plus(HEAD_START);
  const diary = new Diary(random);
  const spans = {
    past: [now.minus(PAST), now],
    near: [first, now.plus(NEAR)],
    later: [now.plus(NEAR), now.plus(HORIZON)],
  } as const;
  const patients = random.shuffle(making.patients);
  let turn = 0;
  return (['past', 'near', 'later'] as const).flatMap((span) => {
    const starts = openStarts(...spans[span], { minutes: LONGEST_MINUTES });
    return random.shuffle(statuses[span]).map((status) => {
      const patient = patients[turn++ % patients.length] as Patient;
      const practitioner = random.pick(making.practitioners);
      const start = diary.book(starts, [`patient ${patient.id}`, `practitioner ${practitioner.id}`]);
      const minutes = random.pick([15, 30, LONGEST_MINUTES]);
      return { status, start, minutes, patient, practitioner, location: random.pick(making.locations) };
    });
  });
}

function makeAppointment({ plan, now, random }: Making, visit: Visit, n: number): Appointment {
  const { status, start, minutes } = visit;
  const period = { start: isoTime(start), end: isoTime(start.plus({ minutes })) };
  return {
    resourceType: 'Appointment',
    id: String(FIRST_APPOINTMENT_ID + n),
    meta: testMeta(now, random),
    identifier: [
      { system: `https://${plan.slug}.example/visit`, value: `V-${random.integer(100, 999)}${1000 + n}` },
    ],
    status,
    ...(status === 'cancelled' && { cancelationReason: cancelationReason(random) }),
    description: random.pick([
      'Follow-up visit',
      'First consultation',
      'Blood test review',
      'Scan',
      'Vaccination',
    ]),
    ...(status === 'proposed' ? { requestedPeriod: [period] } : { ...period, minutesDuration: minutes }),
    created: start.minus({ days: 45 }).toISODate() as string,
    participant: participants(visit, random),
  };
}

function cancelationReason(random: Random): Appointment['cancelationReason'] {
  const system = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';
  return { coding: [{ system, code: random.pick(['pat', 'prov', 'other']) }] };
}

function participants(
  { patient, practitioner, location, status }: Visit,
  random: Random,
): AppointmentParticipant[] {
  const asked = random.pick([
    'needs-action',
    'needs-action',
    'needs-action',
    'tentative',
    'accepted',
  ] as const);
  const settled = status === 'fulfilled' || status === 'arrived' || status === 'checked-in';
  return [
    {
      actor: { reference: `Patient/${patient.id}`, display: patient.name?.[0]?.text },
      required: 'required',
      status: settled ? 'accepted' : asked,
    },
    {
      actor: { reference: `Practitioner/${practitioner.id}`, display: practitioner.name?.[0]?.text },
      status: 'accepted',
    },
    { actor: { reference: `Location/${location.id}`, display: location.name }, status: 'accepted' },
  ];
}

const isoTime = (at: DateTime): string => at.toISO({ suppressMilliseconds: true }) as string;
