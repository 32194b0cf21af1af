import fc from 'fast-check';
import type { Appointment, FhirResource } from 'fhir/r4.js';
import { canonicalJson, contentHash } from './canonical.js';

const VISIT: Appointment = {
  resourceType: 'Appointment',
  id: '1',
  status: 'booked',
  participant: [{ status: 'accepted' }],
};

describe('the hash of a resource', () => {
  it('does not see meta', () => {
    const again: FhirResource = { ...VISIT, meta: { versionId: '9', lastUpdated: '2026-11-23T06:00:00Z' } };
    expect(contentHash(again)).toEqual(contentHash(VISIT));
  });

  it('sees every change of content', () => {
    expect(contentHash({ ...VISIT, status: 'cancelled' })).not.toEqual(contentHash(VISIT));
    const declined: Appointment = { ...VISIT, participant: [{ status: 'declined' }] };
    expect(contentHash(declined)).not.toEqual(contentHash(VISIT));
  });

  it('does not see the order of keys, and sees the order of lists', () => {
    expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}');
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  it('is the same for the same JSON, however its keys came', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const reversed = Object.fromEntries(Object.entries(record).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(record));
        expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });
});
