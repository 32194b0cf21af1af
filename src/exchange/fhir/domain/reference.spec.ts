import fc from 'fast-check';
import { isFhirId, isForeign, parseReference } from './reference.js';

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

  it('leads into this EHR below each of its bases', () => {
    const bases = [BASE, 'http://inner.example:8080/hapi'];
    const read = (reference: string) => parseReference(reference, bases);
    expect(read('http://inner.example:8080/hapi/Patient/1')).toEqual({ type: 'Patient', id: '1' });
    expect(read(`${BASE}/Patient/1`)).toEqual({ type: 'Patient', id: '1' });
    expect(read('http://inner.example:8080/other/Patient/1')).toBeNull();
  });

  it.each([
    ['https://other.example/fhir/Patient/1', true],
    ['https://ehr.example/fhir-of-another/Patient/1', true],
    [`${BASE}/Patient/1`, false],
    ['Patient/1', false],
    ['#contained', false],
    ['urn:uuid:5d2f4b1c-0000-4000-8000-000000000000', false],
    [undefined, false],
  ])('%s names another server: %s', (reference, foreign) => {
    expect(isForeign(reference, BASE)).toBe(foreign);
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
