import type { RelatedPerson } from 'fhir/r4.js';
import { faultOf, guardianshipOf, whyNobody } from './guardian.policy.js';

const ROLE = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
const NOW = new Date('2026-11-23T06:00:00Z');
const related = (code: string, more: Partial<RelatedPerson> = {}, system = ROLE): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  patient: { reference: 'Patient/1' },
  relationship: [{ coding: [{ system, code }] }],
  ...more,
});
const fault = (person: RelatedPerson, hasNumber = true) =>
  faultOf({ ...guardianshipOf(person, 'Asia/Kolkata'), hasNumber }, NOW);

describe('who speaks for a minor', () => {
  it.each(['GUARD', 'MTH', 'FTH', 'PRN', 'ADOPTM'])('%s does', (code) => {
    expect(fault(related(code))).toBeNull();
  });

  it.each(['SIS', 'GRMTH', 'STPMTH', 'FTHFOST', 'NBOR', ''])('%s does not', (code) => {
    expect(fault(related(code))).toBe('not-guardian');
  });

  it('is nobody by a code of another system, or without one', () => {
    expect(fault(related('MTH', {}, 'https://example.org/codes'))).toBe('not-guardian');
    expect(fault(related('MTH', { relationship: undefined }))).toBe('not-guardian');
  });

  it.each([
    ['guardian-inactive', { active: false }],
    ['guardian-inactive', { period: { start: '2026-12-01' } }],
    ['guardian-inactive', { period: { end: 'unknown' } }],
    ['guardian-expired', { period: { end: '2026-11-22' } }],
    [null, { period: { end: '2026-11-23' } }],
    [null, { active: true, period: { start: '2020' } }],
  ])('%s: %j', (expected, more) => {
    expect(fault(related('MTH', more as Partial<RelatedPerson>))).toBe(expected);
  });

  it('must have a number', () => {
    expect(fault(related('MTH'), false)).toBe('guardian-without-number');
  });
});

describe('why a minor has nobody', () => {
  const state = (more: Partial<RelatedPerson>, hasNumber = true) => ({
    ...guardianshipOf(related('MTH', more), 'Asia/Kolkata'),
    hasNumber,
  });
  const expired = state({ period: { end: '2026-10-01' } });

  it('is told by what is mended soonest', () => {
    expect(whyNobody([], NOW)).toBe('no-guardian');
    expect(whyNobody([{ ...state({}), code: null }], NOW)).toBe('no-guardian');
    expect(whyNobody([expired], NOW)).toBe('guardian-expired');
    expect(whyNobody([expired, state({}, false)], NOW)).toBe('guardian-without-number');
  });

  it('is no question while one of several can be written to', () => {
    expect(whyNobody([expired, state({})], NOW)).toBeNull();
  });
});
