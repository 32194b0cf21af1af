import type {
  Appointment,
  AppointmentParticipant,
  HealthcareService,
  Location,
  PractitionerRole,
} from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { isoTime } from '../appointments.js';
import type { AppointmentBook } from './appointment-book.js';

/** Those of the hospital that act without being a person or a place. */
export interface Actors {
  roles: PractitionerRole[];
  services: HealthcareService[];
}

const isPatient = ({ actor }: AppointmentParticipant): boolean =>
  actor?.reference?.startsWith('Patient/') ?? false;

const accepted = (reference: string): AppointmentParticipant => ({
  actor: { reference },
  status: 'accepted',
});

/** The patient of the visit and these others. */
function withOnly(visit: Appointment, ...others: AppointmentParticipant[]): void {
  visit.participant = [...visit.participant.filter(isPatient), ...others];
}

const periodOf = (start: DateTime, minutes: number) => ({
  start: isoTime(start),
  end: isoTime(start.plus({ minutes })),
  minutesDuration: minutes,
});

export function addVisitCases(book: AppointmentBook, actors: Actors): void {
  addSharedTimes(book);
  addOddActors(book, actors);
  addOddTimes(book);
  book.brokenVisit('visit/no-end', ({ end: _end, ...rest }) => rest);
  book.brokenVisit('visit/empty-strings', (sound) => ({ ...sound, description: '', comment: '' }));
}

/** Two or more at one time, or one after the other. */
function addSharedTimes(book: AppointmentBook): void {
  const { patients, locations } = book.making;
  const { start, practitioner } = {
    start: book.now.plus({ days: 5 }).startOf('day').set({ hour: 9 }),
    practitioner: book.making.practitioners[0]!,
  };
  for (const patient of patients.slice(0, 2)) {
    book.visit(['visit/double-booked'], { start, practitioner, patient });
  }
  const group = book.visit(['visit/group']);
  const others = patients.filter(({ id }) => !isOf(group, id as string)).slice(0, 3);
  group.participant.push(...others.map(({ id }) => accepted(`Patient/${id}`)));
  const [patient] = patients.slice(-1);
  for (const [n, location] of locations.slice(-3).entries()) {
    const from = book.now
      .plus({ days: 6 })
      .startOf('day')
      .set({ hour: 9 + n });
    book.visit(['visit/several-parts'], { start: from, patient, location });
  }
}

const isOf = ({ participant }: Appointment, id: string): boolean =>
  participant.some(({ actor }) => actor?.reference === `Patient/${id}`);

function addOddActors(book: AppointmentBook, { roles, services }: Actors): void {
  const video = book.visit(['visit/telehealth']);
  video.serviceType = [{ text: 'Video visit' }];
  video.participant = video.participant.filter(({ actor }) => !actor?.reference?.startsWith('Location/'));

  const nobody = book.visit(['visit/no-actor']);
  const type = [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'PPRF' }] },
  ];
  withOnly(nobody, { type, status: 'needs-action' });

  const contained = book.visit(['visit/contained-location']);
  const room: Location = { resourceType: 'Location', id: 'room', name: 'Bus 4, market square', mode: 'kind' };
  contained.contained = [room];
  withOnly(contained, accepted('#room'));

  withOnly(book.visit(['visit/role-only']), accepted(`PractitionerRole/${roles[0]?.id}`));
  withOnly(book.visit(['visit/service-only']), accepted(`HealthcareService/${services[0]?.id}`));

  const byNumber = book.visit(['visit/identifier-only']);
  const [first] = book.making.patients;
  byNumber.participant = byNumber.participant.map((one) =>
    isPatient(one) ? { ...one, actor: { type: 'Patient', identifier: first?.identifier?.[0] } } : one,
  );

  const elsewhere = book.visit(['visit/elsewhere']);
  elsewhere.participant = elsewhere.participant.map((one) =>
    isPatient(one) ? { ...one, actor: { reference: 'https://other-ehr.example/fhir/Patient/1001' } } : one,
  );

  const declined = book.visit(['visit/declined']);
  declined.participant = declined.participant.map((one) =>
    isPatient(one) ? { ...one, status: 'declined' } : one,
  );
}

function addOddTimes(book: AppointmentBook): void {
  const day = book.now.plus({ days: 7 }).startOf('day');
  const { locations, plan } = book.making;
  book.visit(['visit/five-minutes'], { minutes: 5 });
  book.visit(['visit/all-day'], {}, periodOf(day, 24 * 60));
  book.visit(
    ['visit/walk-in'],
    { status: 'arrived' },
    {
      ...periodOf(book.now.startOf('minute').minus({ minutes: 20 }), 15),
      created: book.now.toISODate() as string,
      appointmentType: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0276', code: 'WALKIN' }],
      },
    },
  );
  book.visit(['visit/utc'], {}, inUtc(day.plus({ days: 1 }).set({ hour: 11 })));
  const branch = locations.find((place) => place.extension);
  if (!branch) throw new Error(`${plan.slug} has no place in another zone`);
  book.visit(['visit/branch-zone'], { location: branch });
  book.visit(['visit/zone-of-its-own'], {}, { _start: { extension: [zoneCode] } });
}

const zoneCode = { url: 'http://hl7.org/fhir/StructureDefinition/tz-code', valueCode: 'America/Denver' };

/** The offset of UTC says nothing about where the clinic is. */
const inUtc = (start: DateTime) => periodOf(start.toUTC(), 30);
