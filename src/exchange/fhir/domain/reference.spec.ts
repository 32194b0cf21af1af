import fc from 'fast-check';
import { isFhirId, parseReference } from './reference.js';

const BASE = 'https://ehr.example/fhir';

describe('a reference', () => {
  it.each([
    ['Patient/1', { type: 'Patient', id: '1' }],
    ['Patient/a.b-C', { type: 'Patient', id: 'a.b-C' }],
    ['Patient/1/_history/3', { type: 'Patient', id: '1' }],
    [`${BASE}/Patient/1`, { type: 'Patient', id: '1' }],
  ])('%s leads into this EHR', (reference, key) => {
    expect(parseReference(reference, BASE)).toEqual(key);
    expect(parseReference(reference, `${BASE}/`)).toEqual(key);
  });

  it.each([
    'https://other.example/fhir/Patient/1',
    'https://ehr.example/fhirPatient/1',
    'https://ehr.example/admin',
    'urn:uuid:5d2f4b1c-0000-4000-8000-000000000000',
    '#contained',
    'Patient/..',
    'Patient/.',
    'Patient/../../admin',
    'Patient/a b',
    'Patient/',
    'Patient',
    `Patient/${'a'.repeat(65)}`,
    'Patient/1?_pretty=true',
    'Patient/1/_history/..',
    '',
    7,
    null,
    undefined,
  ])('%s does not', (reference) => {
    expect(parseReference(reference, BASE)).toBeNull();
  });

  it('with any id that R4 allows is understood, and never leaves the path', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (id) => {
        const key = parseReference(`Patient/${id}`, BASE);
        if (key === null) return;
        expect(new URL(`Patient/${key.id}`, `${BASE}/`).pathname).toBe(`/fhir/Patient/${key.id}`);
        expect(isFhirId(key.id)).toBe(true);
      }),
    );
  });
});
