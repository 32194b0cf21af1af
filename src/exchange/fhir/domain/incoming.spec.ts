import fc from 'fast-check';
import type { FhirResource, Location } from 'fhir/r4.js';
import { compare, hashOf, type IncomingRow, type Known, sortRows } from './incoming.js';

const BASE = 'https://ehr.example/fhir';
const at = (version: number): string => new Date(Date.UTC(2027, 0, 1) + version * 1_000).toISOString();
const place = (id: string, version: number): Location => ({
  resourceType: 'Location',
  id,
  name: `version ${version}`,
  meta: { versionId: String(version), lastUpdated: at(version) },
});
const rowOf = (resource: FhirResource): IncomingRow => sortRows([resource], BASE).rows[0]!;
const knownOf = (resource: FhirResource, more: Partial<Known> = {}): Known => {
  const row = rowOf(resource);
  return {
    versionId: row.versionId,
    lastUpdated: row.lastUpdated,
    hash: hashOf(row),
    gone: false,
    forbidden: false,
    restricted: false,
    ...more,
  };
};

describe('rows that pages brought', () => {
  it('count once each, in their newest version, in whatever order they came', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 20 })), { maxLength: 40 });
    fc.assert(
      fc.property(rows, (found) => {
        const sorted = sortRows(
          found.map(([id, version]) => place(id, version)),
          BASE,
        );
        const newest = new Map<string, number>();
        for (const [id, version] of found) newest.set(id, Math.max(version, newest.get(id) ?? 0));
        expect(new Map(sorted.rows.map(({ fhirId, versionId }) => [fhirId, Number(versionId)]))).toEqual(
          newest,
        );
      }),
    );
  });

  it('are taken as they came last, where the EHR tells neither version nor time', () => {
    const [one, two] = ['one', 'two'].map((name): Location => ({ resourceType: 'Location', id: 'a', name }));
    expect(rowOf(two!).resource).toEqual(sortRows([one!, two!], BASE).rows[0]!.resource);
  });
});

describe('a row beside what is known of it', () => {
  const same = { ...place('a', 3), meta: { versionId: '4', lastUpdated: at(4) } };

  it.each<[string, FhirResource, Known | undefined, ReturnType<typeof compare>]>([
    ['nobody knows it', place('a', 3), undefined, 'new'],
    ['it is the same version', place('a', 3), knownOf(place('a', 3)), 'same'],
    ['it is an older version', place('a', 2), knownOf(place('a', 3)), 'older'],
    ['it is a newer one', place('a', 4), knownOf(place('a', 3)), 'changed'],
    ['only its version is newer', same, knownOf(place('a', 3)), 'same'],
    ['it was gone', place('a', 3), knownOf(place('a', 3), { gone: true }), 'changed'],
    ['it is older than what is gone', place('a', 2), knownOf(place('a', 3), { gone: true }), 'older'],
  ])('%s', (_, resource, known, state) => {
    expect(compare(rowOf(resource), known)).toBe(state);
  });
});
