import fc from 'fast-check';
import type { FhirResource } from 'fhir/r4.js';
import { nodesOf, replaced } from '../../../support/json-nodes.js';

/** Every element of R4 that the product reads, and some that it does not, in a row as an EHR would give it. */
const SHAPES: ((n: number) => FhirResource)[] = [
  (n) => ({
    resourceType: 'Appointment',
    id: `mutant-${n}`,
    meta: { versionId: '1', lastUpdated: '2026-11-20T08:00:00Z', security: [{ code: 'R' }] },
    extension: [{ url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService' }],
    status: 'booked',
    serviceType: [{ coding: [{ system: 'http://example.org/service', code: 'check' }], text: 'Check-up' }],
    start: '2026-11-30T09:00:00+05:30',
    _start: {
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/tz-code', valueCode: 'Asia/Kolkata' }],
    },
    end: '2026-11-30T09:15:00+05:30',
    slot: [{ reference: 'Slot/1' }],
    participant: [
      { actor: { reference: `Patient/mutant-${n}`, display: 'Asha' }, status: 'needs-action' },
      { actor: { reference: `Location/mutant-${n}` }, status: 'accepted' },
      { actor: { reference: `Practitioner/mutant-${n}` }, status: 'accepted' },
    ],
  }),
  (n) => ({
    resourceType: 'Patient',
    id: `mutant-${n}`,
    meta: { versionId: '1', lastUpdated: '2026-11-20T08:00:00Z' },
    active: true,
    name: [{ use: 'official', family: 'Nair', given: ['Asha', 'K'], text: 'Asha Nair', period: {} }],
    telecom: [
      { system: 'phone', use: 'mobile', value: '+1 212 555 0101', rank: 1, period: { start: '2020-01-01' } },
      { system: 'sms', use: 'old', value: '020 7946 0101' },
    ],
    birthDate: '1980-02-29',
    deceasedBoolean: false,
    communication: [{ language: { coding: [{ code: 'pt-BR' }], text: 'Portuguese' }, preferred: true }],
    link: [{ type: 'seealso', other: { reference: `Patient/other-${n}` } }],
    contact: [{ name: { text: 'Somebody' } }],
  }),
  (n) => ({
    resourceType: 'Location',
    id: `mutant-${n}`,
    status: 'active',
    name: 'East wing',
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: 'Asia/Kolkata' }],
    address: { line: ['1 Road'], city: 'Kochi', country: 'IN' },
  }),
  (n) => ({
    resourceType: 'Practitioner',
    id: `mutant-${n}`,
    active: true,
    name: [{ family: 'Rao', given: ['M'], prefix: ['Dr'] }],
  }),
];

/** What takes the place of an element: other types, nothing, far too much, and text that databases choke on. */
const ODD_VALUES: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', [], {}, [[]], [null], { a: [{}] }),
  fc.constantFrom(
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\u202e',
    '9999-99-99',
    'Patient/../../x',
    'P1D'.repeat(9_000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const mutation = fc.record({
  place: fc.nat(),
  act: fc.constantFrom('drop', 'replace', 'wrap', 'double'),
  value: ODD_VALUES,
});
type Mutation = { place: number; act: string; value: unknown };

const changes = fc.array(mutation, { minLength: 1, maxLength: 4 });

/**
 * `count` rows, each a sound one with one to four elements broken: visits in turn with the patient, place and practitioner
 * that they name. The same for the same seed.
 */
export function mutants(count: number, seed: number): FhirResource[] {
  return fc.sample(changes, { numRuns: count, seed }).map((list, n) => {
    const shape = SHAPES[n % SHAPES.length]!;
    return list.reduce<unknown>(mutate, shape(Math.floor(n / SHAPES.length))) as FhirResource;
  });
}

/** The type stays, so that the row reaches the mapper of its type; its id may be broken like all else. */
function mutate(row: unknown, { place, act, value }: Mutation): unknown {
  const paths = nodesOf(row).filter(([first]) => first !== undefined && first !== 'resourceType');
  const path = paths[place % paths.length];
  if (!path) return row;
  const before = path.reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], row);
  if (act === 'drop') return replaced(row, path, undefined);
  if (act === 'wrap') return replaced(row, path, [before]);
  if (act === 'double') return replaced(row, path, [before, before]);
  return replaced(row, path, value);
}
