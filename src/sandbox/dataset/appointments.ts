import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import type { DateTime } from 'luxon';
import { cancelationReason } from './cancelation-reason.js';
import { spoil } from './dirty-rows.js';
import { testMeta } from './labels.js';
import type { Random } from './random.js';
import { type Making, planVisits, type Programme, smallProgramme, type Visit } from './visit-plan.js';

export const FIRST_APPOINTMENT_ID = 20001;

/** The hospital's visits in the order of their ids, and the ids of the rows that no validator would have let in. */
export function makeAppointments(
  making: Making,
  programme: Programme = smallProgramme,
): { appointments: Appointment[]; dirtyAppointments: string[] } {
  const { random } = making;
  const visits = random.shuffle(planVisits(making, programme));
  const clean = visits.map((visit, n) => makeAppointment(making, visit, n));
  const later = clean.filter(
    ({ status, start }) => status === 'booked' && start && new Date(start) > making.now,
  );
  const dirty = spoil(later, FIRST_APPOINTMENT_ID + clean.length);
  return { appointments: [...clean, ...dirty], dirtyAppointments: dirty.map(({ id }) => id as string) };
}

export function makeAppointment({ plan, now, random }: Making, visit: Visit, n: number): Appointment {
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
    ...(status === 'cancelled' && {
      cancelationReason: cancelationReason(random.pick(['pat', 'prov', 'other'])),
    }),
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

export const isoTime = (at: DateTime): string => at.toISO({ suppressMilliseconds: true }) as string;
