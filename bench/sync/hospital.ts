import type { Appointment, FhirResource, Location, Patient, Practitioner } from 'fhir/r4.js';

export const VISITS = 10_000;
const PATIENTS = 4_000;
/** Visits of many patients at once: whoever syncs these knows everybody. */
export const GROUPS = 40;
/** One row for each patient of a visit. */
export const GROUP_PARTS = PATIENTS;
const PRACTITIONERS = 60;
const PLACES = 12;
/** One row in so many cannot be used: it must be put aside on the way. */
const BAD_EVERY = 500;
export const BAD_ROWS = VISITS / BAD_EVERY;

const DAY_MS = 86_400_000;
/** The visits fill the days from tomorrow on: inside of a horizon of 45 days in every time zone. */
const DAYS = 43;
/** Long before the look-back for rows without a start: a first sync shows each row once. */
const UPDATED_DAYS_AGO = 60;

/** Area codes whose 555-0100 to 555-0199 are kept for fiction; 100 numbers each. */
const AREAS = [
  201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229,
  231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 276, 281, 301,
];
const GIVEN = ['Anjali', 'Bence', 'Chiara', 'Dmitri', 'Esther', 'Farid', 'Grace', 'Hiroshi', 'Ines', 'Jamal'];
const FAMILY = ['Abara', 'Bianchi', 'Costa', 'Dahl', 'Eriksen', 'Fofana', 'Gupta', 'Haddad', 'Ito'];

/** Visits in the order of their starts, with rows among them that no hospital could use. */
export function makeVisits(now: Date): Appointment[] {
  const meta = metaAt(now);
  const first = Math.ceil(now.getTime() / DAY_MS + 1) * DAY_MS;
  const stepMs = (DAYS * DAY_MS) / VISITS;
  return Array.from({ length: VISITS }, (_, index) => {
    const visit = makeVisit(index, new Date(first + Math.floor(index * stepMs)), meta);
    const bad = { ...visit, id: `bad-${index}`, status: 'perhaps' as Appointment['status'] };
    return index % BAD_EVERY === 0 ? [visit, bad] : [visit];
  }).flat();
}

/** Group visits of the first day, which name every patient of the hospital once. */
export function makeGroups(now: Date): Appointment[] {
  const start = new Date(Math.ceil(now.getTime() / DAY_MS + 1) * DAY_MS);
  const size = PATIENTS / GROUPS;
  return Array.from({ length: GROUPS }, (_, group) => {
    const visit = makeVisit(group, start, metaAt(now));
    const [, ...others] = visit.participant;
    const patients = Array.from({ length: size }, (_, n) => partOf(`Patient/p${group * size + n}`));
    return { ...visit, id: `g${group}`, participant: [...patients, ...others] };
  });
}

function makeVisit(index: number, start: Date, meta: Patient['meta']): Appointment {
  const participants = [
    `Patient/p${(index * 1_597) % PATIENTS}`,
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

/** Who and what takes part in these visits, each once, as `_include` brings them. */
export function companionsOf(visits: Appointment[], now: Date): FhirResource[] {
  const references = visits.flatMap(({ participant }) => participant.map(({ actor }) => actor!.reference!));
  return [...new Set(references)].map((reference) => companion(reference, metaAt(now)));
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
  const area = AREAS[Math.floor(index / 100)]!;
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
