import { isValidPhoneNumber } from 'libphonenumber-js/max';
import type { Appointment, FhirResource, Location, Patient, Practitioner } from 'fhir/r4.js';

/** How many visits a hospital has, and patients who share them. */
export interface Size {
  visits: number;
  patients: number;
}

export const USUAL: Size = { visits: 10_000, patients: 4_000 };
export const LARGE: Size = { visits: 100_000, patients: 30_000 };
/** Patients of one visit for many: whoever syncs these visits knows everybody. */
const GROUP_SIZE = 100;
const PRACTITIONERS = 60;
const PLACES = 12;
/** One row in so many cannot be used: it must be put aside on the way. */
const BAD_EVERY = 500;

const DAY_MS = 86_400_000;
/** The visits fill the days from tomorrow on: inside of a horizon of 45 days in every time zone. */
const DAYS = 43;
/** Long before the look-back for rows without a start: a first sync shows each row once. */
const UPDATED_DAYS_AGO = 60;

/** What the database holds of a hospital of this size, once its calendar is open. */
export function rowsOf({ visits, patients }: Size): { known: number; visits: number; held: number } {
  return { known: visits + patients / GROUP_SIZE, visits: visits + patients, held: visits / BAD_EVERY };
}

/** Area codes whose 555-0100 to 555-0199 are kept for fiction, as far as a number in them is a valid one; 100 each. */
const AREAS = Array.from({ length: 789 }, (_, n) => 201 + n).filter((area) =>
  isValidPhoneNumber(`+1${area}5550100`, 'US'),
);
const GIVEN = ['Anjali', 'Bence', 'Chiara', 'Dmitri', 'Esther', 'Farid', 'Grace', 'Hiroshi', 'Ines', 'Jamal'];
const FAMILY = ['Abara', 'Bianchi', 'Costa', 'Dahl', 'Eriksen', 'Fofana', 'Gupta', 'Haddad', 'Ito'];

/** Visits in the order of their starts, with rows among them that no hospital could use. */
export function makeVisits(now: Date, size: Size): Appointment[] {
  const meta = metaAt(now);
  const first = Math.ceil(now.getTime() / DAY_MS + 1) * DAY_MS;
  const stepMs = (DAYS * DAY_MS) / size.visits;
  return Array.from({ length: size.visits }, (_, index) => {
    const visit = makeVisit(index, new Date(first + Math.floor(index * stepMs)), { meta, size });
    const bad = { ...visit, id: `bad-${index}`, status: 'perhaps' as Appointment['status'] };
    return index % BAD_EVERY === 0 ? [visit, bad] : [visit];
  }).flat();
}

/** Group visits of the first day, which name every patient of the hospital once. */
export function makeGroups(now: Date, size: Size): Appointment[] {
  const start = new Date(Math.ceil(now.getTime() / DAY_MS + 1) * DAY_MS);
  return Array.from({ length: size.patients / GROUP_SIZE }, (_, group) => {
    const visit = makeVisit(group, start, { meta: metaAt(now), size });
    const [, ...others] = visit.participant;
    const patients = Array.from({ length: GROUP_SIZE }, (_, n) =>
      partOf(`Patient/p${group * GROUP_SIZE + n}`),
    );
    return { ...visit, id: `g${group}`, participant: [...patients, ...others] };
  });
}

function makeVisit(
  index: number,
  start: Date,
  { meta, size }: { meta: Patient['meta']; size: Size },
): Appointment {
  const participants = [
    `Patient/p${(index * 1_597) % size.patients}`,
    `Practitioner/d${index % PRACTITIONERS}`,
    `Location/l${index % PLACES}`,
  ];
  return {
    resourceType: 'Appointment',
    id: `v${index}`,
    meta,
    status: 'booked',
    start: start.toISOString(),
    end: new Date(start.getTime() + 20 * 60_000).toISOString(),
    participant: participants.map(partOf),
  };
}

function partOf(reference: string): Appointment['participant'][number] {
  return { actor: { reference }, required: 'required', status: 'accepted' };
}

/** Who and what takes part in these visits, each once: `Patient/p1`. */
export function companionsOf(visits: Appointment[]): string[] {
  const references = visits.flatMap(({ participant }) => participant.map(({ actor }) => actor!.reference!));
  return [...new Set(references)];
}

export function makeCompanion(reference: string, now: Date): FhirResource {
  return companion(reference, metaAt(now));
}

function companion(reference: string, meta: Patient['meta']): FhirResource {
  const [type, id = ''] = reference.split('/');
  const index = Number(id.slice(1));
  if (type === 'Patient') return makePatient(id, index, meta);
  return type === 'Practitioner' ? makePractitioner(id, index, meta) : makePlace(id, meta);
}

function makePatient(id: string, index: number, meta: Patient['meta']): Patient {
  return {
    resourceType: 'Patient',
    id,
    meta,
    name: [nameOf(index)],
    // Two of a household share the number at home.
    telecom: [
      { system: 'phone', use: 'mobile', value: numberOf(index) },
      { system: 'phone', use: 'home', value: numberOf(index & ~1) },
      { system: 'email', value: `${id}@example.org` },
    ],
    gender: index % 2 === 0 ? 'female' : 'male',
    birthDate: `${1930 + (index % 70)}-0${1 + (index % 9)}-1${index % 10}`,
    communication: [{ language: { coding: [{ code: index % 4 === 0 ? 'es' : 'en' }] } }],
  };
}

function nameOf(index: number): NonNullable<Patient['name']>[number] {
  return { use: 'official', family: FAMILY[index % FAMILY.length]!, given: [GIVEN[index % GIVEN.length]!] };
}

/** As people write them. */
function numberOf(index: number): string {
  const area = AREAS[Math.floor(index / 100)];
  if (!area) throw new Error('there are not so many numbers for fiction');
  const line = `01${String(index % 100).padStart(2, '0')}`;
  const spellings = [
    `(${area}) 555-${line}`,
    `+1 ${area}-555-${line}`,
    `${area}.555.${line}`,
    `+1${area}555${line}`,
  ];
  return spellings[index % spellings.length]!;
}

function makePractitioner(id: string, index: number, meta: Patient['meta']): Practitioner {
  return {
    resourceType: 'Practitioner',
    id,
    meta,
    active: true,
    name: [{ ...nameOf(index), prefix: ['Dr'] }],
  };
}

function makePlace(id: string, meta: Patient['meta']): Location {
  return { resourceType: 'Location', id, meta, status: 'active', name: `Clinic ${id}` };
}

function metaAt(now: Date): Patient['meta'] {
  return { versionId: '1', lastUpdated: new Date(now.getTime() - UPDATED_DAYS_AGO * DAY_MS).toISOString() };
}
