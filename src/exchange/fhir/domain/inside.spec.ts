import fc from 'fast-check';
import { isInside, ownAddress } from './inside.js';

const BASE = new URL('https://ehr.example/fhir/r4');
const INNER = new URL('http://inner.example:8080/hapi');

describe('where an address that the EHR named lies', () => {
  it.each([
    ['case 10: a relative link', 'Patient?page=2', 'https://ehr.example/fhir/r4/Patient?page=2'],
    ['case 10: a query alone', '?page=2', 'https://ehr.example/fhir/r4/?page=2'],
    ['case 10: a path from the root', '/fhir/r4?page=2', 'https://ehr.example/fhir/r4?page=2'],
    ['an absolute link', 'https://ehr.example/fhir/r4/Patient/1', 'https://ehr.example/fhir/r4/Patient/1'],
    [
      'case 10: a link of an alternate base',
      'http://inner.example:8080/hapi?a=b',
      'https://ehr.example/fhir/r4?a=b',
    ],
    ['one deeper in it', 'http://inner.example:8080/hapi/Patient/1', 'https://ehr.example/fhir/r4/Patient/1'],
  ])('%s is followed at the base', (_, link, url) => {
    expect(ownAddress(link, [BASE, INNER])?.href).toBe(url);
  });

  it.each([
    ['another host', 'https://thief.example/fhir/r4/Patient'],
    ['the same host outside of the base', 'https://ehr.example/fhir/r5/Patient'],
    ['a base that merely begins alike', 'https://ehr.example/fhir/r4x/Patient'],
    ['another scheme of the same host', 'http://ehr.example/fhir/r4/Patient'],
    ['another port', 'https://ehr.example:8443/fhir/r4/Patient'],
    ['the alternate’s host on another path', 'http://inner.example:8080/fhir/r4/Patient'],
    ['the alternate’s path on another host', 'http://other.example:8080/hapi/Patient'],
    ['one that climbs', 'https://ehr.example/fhir/r4/../admin'],
    ['one that climbs in disguise', 'https://ehr.example/fhir/r4/..%2F..%2Fadmin'],
    ['one out of an alternate', 'http://inner.example:8080/hapi/../admin'],
    ['one with a login', 'https://u:p@ehr.example/fhir/r4/Patient'],
    ['no address', 'http://['],
    ['a script', 'javascript:alert(1)'],
  ])('case 9: %s is nowhere that we go', (_, link) => {
    expect(ownAddress(link, [BASE, INNER])).toBeNull();
  });

  it('case 9: whatever a link is, it is followed below the base or not at all', () => {
    const pieces = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2f',
      '\\',
      '//',
      '@',
      ':',
      '?',
      '#',
      'fhir',
      'r4',
      'hapi',
    );
    const host = fc.constantFrom(
      'https://ehr.example',
      'http://inner.example:8080',
      'https://x.example',
      '',
      '//',
    );
    const link = fc
      .tuple(host, fc.array(fc.oneof(pieces, fc.webFragments()), { maxLength: 6 }))
      .map(([begin, rest]) => [begin, ...rest].join('/'));
    fc.assert(
      fc.property(link, (text) => {
        const url = ownAddress(text, [BASE, INNER]);
        return url === null || isInside(BASE, url);
      }),
    );
  });
});
