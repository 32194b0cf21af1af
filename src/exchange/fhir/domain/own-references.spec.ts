import fc from 'fast-check';
import { withOwnReferences } from './own-references.js';

const BASES = ['https://ehr.example/fhir', 'http://inner.example:8080/hapi'];
const own = (reference: unknown) => withOwnReferences({ reference }, BASES).reference;

describe('a reference in what is handed on', () => {
  it.each([
    ['Patient/1', 'Patient/1'],
    ['Patient/1/_history/2', 'Patient/1'],
    ['https://ehr.example/fhir/Patient/1', 'Patient/1'],
    ['http://inner.example:8080/hapi/Patient/1', 'Patient/1'],
    ['http://inner.example:8080/hapi/Patient/1/_history/2', 'Patient/1'],
  ])('%s is written %s', (written, handed) => expect(own(written)).toBe(handed));

  it.each([
    'https://other.example/fhir/Patient/1',
    'https://other.example/fhir/Patient/1/_history/2',
    'https://ehr.example/fhirs/Patient/1',
    '#p1',
    'urn:uuid:5d2f4b1c-0000-4000-8000-000000000000',
    'Patient/..',
    '',
    7,
    null,
  ])('%s stays as it is', (written) => expect(own(written)).toBe(written));

  it('is found wherever it stands, and what came is left as it was', () => {
    const came = Object.freeze({
      resourceType: 'Patient',
      id: '1',
      link: Object.freeze([
        { type: 'seealso', other: { reference: '#p1' } },
        { type: 'replaced-by', other: { reference: `${BASES[1]}/Patient/2`, display: 'B' } },
      ]),
      provision: { data: [{ reference: { reference: `${BASES[0]}/Observation/3` } }] },
    });
    const handed = withOwnReferences(came, BASES);
    expect(handed).toEqual({
      ...came,
      link: [came.link[0], { type: 'replaced-by', other: { reference: 'Patient/2', display: 'B' } }],
      provision: { data: [{ reference: { reference: 'Observation/3' } }] },
    });
    expect(handed.link[0]).toBe(came.link[0]);
    expect(came.link[1]!.other.reference).toBe(`${BASES[1]}/Patient/2`);
  });

  it('costs no copy where all are written so already, and a second time changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = withOwnReferences({ value, subject: { reference: `${BASES[0]}/Patient/1` } }, BASES);
        expect(withOwnReferences(once, BASES)).toBe(once);
      }),
    );
  });
});
