import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { FIRST_APPOINTMENT_ID, isoTime } from '../appointments.js';
import { cancelationReason } from '../cancelation-reason.js';
import type { EhrEvent, EventStep, Json } from './event.js';
import type { Scene } from './scene.js';

const CLOSED_VISITS = 120;
const TOUCHED_VISITS = 500;
/** Longer than a page takes to read, shorter than any sensible overlap. */
const TRANSACTION_SECONDS = 90;

/** What happens to visits. Each event has visits of its own, so that they can be played in any order. */
export function appointmentEvents(scene: Scene): EhrEvent[] {
  const [time, place, person, renumbered, wrong, late, code, declined] = scene.visits;
  if (!time || !place || !person || !renumbered || !wrong || !late || !code || !declined) return [];
  return [
    ...reschedules(scene, { time, place, person, renumbered }),
    {
      name: 'entered-in-error',
      does: 'a visit turns out never to have been one',
      steps: [change(wrong, { status: 'entered-in-error' })],
    },
    {
      name: 'late-commit',
      does: 'a cancellation is seen only now, stamped before rows that were seen already',
      stampedSecondsAgo: TRANSACTION_SECONDS,
      steps: [change(late, cancelled('prov'))],
    },
    {
      name: 'visit-number-changes',
      does: "a visit's number (identifier) is another one, its id stays",
      steps: [change(code, { identifier: [{ ...code.identifier?.[0], value: `V-new-${code.id}` }] })],
    },
    {
      name: 'patient-declines',
      does: 'a patient says no at the desk: only the participant status changes',
      steps: [change(declined, { participant: withPatient(declined, { status: 'declined' }) })],
    },
    closure(scene),
    {
      name: 'mass-touch',
      does: '500 visits get a comment in one transaction: the same lastUpdated',
      steps: scene.data.appointments
        .slice(0, TOUCHED_VISITS)
        .map((visit) => change(visit, { comment: 'Moved to the new booking system' })),
    },
    ...creations(scene, time),
  ];
}

const isAt = (visit: Appointment, reference: string): boolean =>
  visit.participant.some(({ actor }) => actor?.reference === reference);

function change(visit: Appointment, by: Json): EventStep {
  return { patch: `Appointment/${visit.id}`, change: by };
}

const cancelled = (code: string): Json => ({
  status: 'cancelled',
  cancelationReason: cancelationReason(code),
});

function withPatient(
  { participant }: Appointment,
  by: Partial<AppointmentParticipant>,
): AppointmentParticipant[] {
  return participant.map((one) => (one.actor?.reference?.startsWith('Patient/') ? { ...one, ...by } : one));
}

function withOther({ participant }: Appointment, type: string, others: { id?: string }[]): Json {
  const at = participant.findIndex(({ actor }) => actor?.reference?.startsWith(`${type}/`));
  const now = participant[at]?.actor?.reference;
  const other = others.find(({ id }) => `${type}/${id}` !== now);
  const moved: AppointmentParticipant = { actor: { reference: `${type}/${other?.id}` }, status: 'accepted' };
  return { participant: participant.with(at, moved) };
}

/** The same length, so many minutes later, with the offset that its zone has then. */
function moved({ data }: Scene, { start, end }: Appointment, minutes: number): Json {
  const later = (time: string | undefined): string =>
    isoTime(DateTime.fromISO(time as string, { zone: data.timeZone }).plus({ minutes }));
  return { start: later(start), end: later(end) };
}

function reschedules(
  scene: Scene,
  visits: Record<'time' | 'place' | 'person' | 'renumbered', Appointment>,
): EhrEvent[] {
  const { data } = scene;
  const { time, place, person, renumbered } = visits;
  const newId = `${renumbered.id}-again`;
  return [
    {
      name: 'reschedule-time',
      does: 'a visit moves by a quarter of an hour',
      steps: [change(time, moved(scene, time, 15))],
    },
    {
      name: 'reschedule-location',
      does: 'a visit moves to another place',
      steps: [change(place, withOther(place, 'Location', data.locations))],
    },
    {
      name: 'reschedule-practitioner',
      does: 'somebody else will see the patient',
      steps: [change(person, withOther(person, 'Practitioner', data.practitioners))],
    },
    {
      name: 'reschedule-new-id',
      does: 'a visit is cancelled and booked anew an hour later, under another id',
      steps: [
        change(renumbered, cancelled('prov')),
        {
          put: `Appointment/${newId}`,
          resource: { ...renumbered, ...moved(scene, renumbered, 60), id: newId },
        },
      ],
    },
  ];
}

/** The next 120 visits at the busiest place, or all that there are. */
function closure({ data, visits }: Scene): EhrEvent {
  const places = data.locations.map(({ id }) => {
    const reference = `Location/${id}`;
    return visits.slice(8).filter((visit) => isAt(visit, reference));
  });
  const busiest = places.reduce((most, some) => (some.length > most.length ? some : most));
  const next = [...busiest].sort((a, b) => Date.parse(a.start as string) - Date.parse(b.start as string));
  return {
    name: 'clinic-closes',
    does: 'a clinic closes: its next 120 visits, or as many as it has, are cancelled at once',
    steps: next.slice(0, CLOSED_VISITS).map((visit) => change(visit, cancelled('maint'))),
  };
}

/** Rows that nobody saw coming. */
function creations({ data, now }: Scene, pattern: Appointment): EhrEvent[] {
  const at = DateTime.fromJSDate(now, { zone: data.timeZone }).startOf('minute');
  const id = (n: number): string => String(FIRST_APPOINTMENT_ID + data.appointments.length + n);
  const row = (n: number, start: DateTime, more: Json): EventStep => ({
    put: `Appointment/${id(n)}`,
    resource: {
      ...pattern,
      ...more,
      id: id(n),
      identifier: [{ ...pattern.identifier?.[0], value: `V-later-${id(n)}` }],
      start: isoTime(start),
      end: isoTime(start.plus({ minutes: 15 })),
      minutesDuration: 15,
    },
  });
  const lastWeek = at.minus({ days: 6 });
  return [
    {
      name: 'back-dated-create',
      does: 'a visit of last week is written down only now',
      steps: [row(1, lastWeek, { status: 'fulfilled', created: lastWeek.toISODate() })],
    },
    {
      name: 'walk-in',
      does: 'somebody arrives who was never booked',
      steps: [row(2, at, { status: 'arrived', created: at.toISODate() })],
    },
    {
      name: 'short-notice',
      does: 'a visit in 50 minutes is booked by telephone',
      steps: [row(3, at.plus({ minutes: 50 }), { status: 'booked', created: at.toISODate() })],
    },
  ];
}
