import type { Appointment, Location } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { legalMoves, moveName, statusMoves } from '../status-moves.js';
import { actors, everyVisit, type Example, local, now, starting, visits } from './cases.fake.js';

/** Which visits and events must be there at every hospital. */
export const ofVisits: Example[] = [
  ...Object.keys(statusMoves).map((status): Example => [
    `appointment: ${status}`,
    everyVisit(`status/${status}`, (visit) => visit.status === status),
  ]),
  ...legalMoves.map(([from, to]): Example => [
    `appointment: ready to move from ${from} to ${to}`,
    everyVisit(moveName(from, to), (visit) => visit.status === from),
  ]),
  [
    'appointment: cancelled for each reason',
    (hospital) => {
      const codes = Object.keys(hospital.cases).filter((name) => name.startsWith('cancelled/'));
      return (
        codes.length === 32 &&
        codes.every((name) =>
          everyVisit(
            name,
            ({ status, cancelationReason }) =>
              status === 'cancelled' && name.endsWith(`/${cancelationReason?.coding?.[0]?.code}`),
          )(hospital),
        )
      );
    },
  ],
  [
    'appointment: double booking',
    (hospital) => {
      const [one, two] = visits('visit/double-booked', hospital);
      return (
        one?.start === two?.start &&
        actors(one!).match(/Practitioner\/\d+/)?.[0] === actors(two!).match(/Practitioner\/\d+/)?.[0]
      );
    },
  ],
  ['appointment: group visit', everyVisit('visit/group', (visit) => starting('Patient', visit) === 4)],
  [
    'appointment: telehealth',
    everyVisit(
      'visit/telehealth',
      (visit) => starting('Location', visit) === 0 && visit.serviceType?.[0]?.text === 'Video visit',
    ),
  ],
  [
    'appointment: several parts on one day',
    (hospital) => {
      const parts = visits('visit/several-parts', hospital);
      const who = parts.map((visit) => actors(visit).match(/Patient\/\d+/)?.[0]);
      const days = parts.map(({ start }) => start?.slice(0, 10));
      return parts.length === 3 && new Set(who).size === 1 && new Set(days).size === 1;
    },
  ],
  [
    'appointment: no end',
    everyVisit('visit/no-end', ({ start, end }) => start !== undefined && end === undefined),
  ],
  ['appointment: empty strings', everyVisit('visit/empty-strings', ({ description }) => description === '')],
  [
    'appointment: no actor',
    everyVisit('visit/no-actor', ({ participant }) => participant.some(({ actor, type }) => !actor && type)),
  ],
  [
    'appointment: contained Location',
    everyVisit(
      'visit/contained-location',
      (visit) => visit.contained?.[0]?.resourceType === 'Location' && actors(visit).includes('#room'),
    ),
  ],
  [
    'appointment: PractitionerRole only',
    everyVisit(
      'visit/role-only',
      (visit) => starting('PractitionerRole', visit) === 1 && starting('Practitioner', visit) === 0,
    ),
  ],
  [
    'appointment: HealthcareService only',
    everyVisit(
      'visit/service-only',
      (visit) => starting('HealthcareService', visit) === 1 && starting('Practitioner', visit) === 0,
    ),
  ],
  [
    'appointment: patient by identifier only',
    everyVisit('visit/identifier-only', ({ participant }) =>
      participant.some(({ actor }) => actor?.identifier && !actor.reference),
    ),
  ],
  [
    "appointment: another EHR's patient",
    everyVisit('visit/elsewhere', (visit) =>
      actors(visit).includes('https://other-ehr.example/fhir/Patient/'),
    ),
  ],
  [
    'appointment: declined',
    everyVisit('visit/declined', ({ participant }) =>
      participant.some(({ status }) => status === 'declined'),
    ),
  ],
  ['appointment: five minutes', everyVisit('visit/five-minutes', (visit) => minutes(visit) === 5)],
  ['appointment: all day', everyVisit('visit/all-day', (visit) => minutes(visit) === 24 * 60)],
  [
    'appointment: walk-in',
    everyVisit('visit/walk-in', ({ status, start }) => status === 'arrived' && new Date(start!) < now),
  ],
  ['appointment: written in UTC', everyVisit('visit/utc', ({ start }) => start?.endsWith('Z') ?? false)],
  [
    'appointment: at a place in another zone than the hospital',
    everyVisit('visit/branch-zone', (visit, { locations, timeZone }) => {
      const place = locations.find(({ id }) => actors(visit).includes(`Location/${id}`));
      return zoneOf(place) !== undefined && zoneOf(place) !== timeZone;
    }),
  ],
  [
    'appointment: a zone of its own',
    everyVisit('visit/zone-of-its-own', ({ _start }) => Boolean(_start?.extension?.[0]?.valueCode)),
  ],
  [
    'appointment: 23:45 local',
    everyVisit('date-flip/late', (visit, { timeZone }) => local(visit, timeZone) === '23:45'),
  ],
  [
    'appointment: 00:15 local',
    everyVisit('date-flip/early', (visit, { timeZone }) => local(visit, timeZone) === '00:15'),
  ],
  [
    "appointment: New Year's Eve",
    everyVisit('calendar/new-years-eve', ({ start }) => start?.slice(5, 10) === '12-31'),
  ],
  [
    'appointment: 29 February, when one is near',
    everyVisit('calendar/leap-day', ({ start }) => start?.slice(5, 10) === '02-29'),
  ],
  ...['time', 'location', 'practitioner', 'new-id'].map((by): Example => [
    `appointment: rescheduled by ${by} in the run`,
    ({ events }) => events.some(({ name }) => name === `reschedule-${by}`),
  ]),
  ...[
    ['entered-in-error', 'entered in error after its reminder'],
    ['back-dated-create', 'created for a day that has passed'],
    ['status-moves', 'each legal move'],
  ].map(([name, what]): Example => [
    `appointment: ${what}, in the run`,
    ({ events }) => events.some((event) => event.name === name),
  ]),
  [
    'appointment: 120 cancelled at once, in the run',
    ({ events }) => events.find(({ name }) => name === 'clinic-closes')?.steps.length === 120,
  ],
  [
    'server: 500 rows of one lastUpdated, in the run',
    ({ events }) => events.find(({ name }) => name === 'mass-touch')?.steps.length === 500,
  ],
  [
    'server: a late commit, in the run',
    ({ events }) => events.some(({ stampedSecondsAgo = 0 }) => stampedSecondsAgo > 60),
  ],
  [
    'patient: a number moves to somebody else, in the run',
    ({ events }) => events.some(({ name }) => name === 'number-moves'),
  ],
  [
    'patient: comes of age at local midnight, in the run',
    ({ events, timeZone }) => {
      const at = events.find(({ name }) => name === 'patient-turns-18')?.at ?? '';
      return DateTime.fromISO(at, { zone: timeZone }).toFormat('HH:mm') === '00:00';
    },
  ],
];

const minutes = ({ start, end }: Appointment): number => (Date.parse(end!) - Date.parse(start!)) / 60_000;
const zoneOf = (place: Location | undefined): string | undefined => place?.extension?.[0]?.valueCode;
