import fc from 'fast-check';
import type { Purpose } from './consent.js';
import { decideFor, type PatientFacts } from './decision.policy.js';
import { decideForPerson, type PersonFacts } from './merged.policy.js';

const at = (day: number) => new Date(Date.UTC(2026, 10, day));
const agreed: PatientFacts = {
  deceased: false,
  active: true,
  byProxy: false,
  linked: 'active',
  consent: { id: 's', version: 1, status: 'active', givenBy: 'patient', ehrDenies: false },
};
const purpose: Purpose = 'appointment-reminders';
const person: PersonFacts = { survivorId: 'S', since: new Map([['M', at(10)]]), withdrawn: [], denied: [] };
const withdrew = (patientId: string, day: number) => ({
  ...person,
  withdrawn: [{ patientId, purpose, recordedAt: at(day) }],
});
const asked = { patientId: 'S', own: agreed, survivors: agreed, agreedAt: at(1), purpose };

describe('a person with several records', () => {
  it('may be written to when the survivor agreed and no record withdrew', () => {
    expect(decideForPerson(asked, person)).toEqual({ allowed: true, consentId: 's', consentVersion: 1 });
  });

  it('is asked by the survivor’s use, because the EHR ends the use of the merged record', () => {
    const merged = { ...asked, patientId: 'M', own: { ...agreed, active: false } };
    expect(decideForPerson(merged, person)).toMatchObject({ allowed: true });
    expect(decideForPerson({ ...merged, survivors: { ...agreed, active: false } }, person)).toEqual({
      allowed: false,
      reason: 'inactive',
    });
  });

  it.each([
    ['before the merge', withdrew('M', 5), at(1), 'withdrawn'],
    ['before the survivor agreed, who did so before the merge', withdrew('M', 5), at(8), 'withdrawn'],
    ['after the merge', withdrew('M', 15), at(12), 'withdrawn'],
    ['before the person agreed anew', withdrew('M', 5), at(12), null],
  ])('is not written to when another record withdrew %s', (_when, facts, agreedAt, reason) => {
    const decision = decideForPerson({ ...asked, agreedAt }, facts);
    expect(decision).toMatchObject(reason === null ? { allowed: true } : { allowed: false, reason });
  });

  it.each([
    ['no consent', { consent: null }, 'no-consent'],
    ['a withdrawn consent', { consent: { ...agreed.consent!, status: 'inactive' as const } }, 'withdrawn'],
    ['died', { deceased: true }, 'deceased'],
    ['another number', { linked: 'none' as const }, 'not-linked'],
    ['a number that others have too', { linked: 'unconfirmed' as const }, 'number-shared'],
  ])('is not written to when either of the two records asked has %s', (_what, facts, reason) => {
    const refuses = { ...agreed, ...facts };
    const ofMerged = { ...asked, patientId: 'M' };
    expect(decideForPerson({ ...ofMerged, own: refuses }, person)).toEqual({ allowed: false, reason });
    expect(decideForPerson({ ...ofMerged, survivors: refuses }, person)).toEqual({ allowed: false, reason });
  });

  it('is not written to on another’s withdrawal when nobody knows since when they are one, or what was agreed', () => {
    const unknown = { ...withdrew('M', 5), since: new Map<string, Date>() };
    const stopped = { allowed: false, reason: 'withdrawn' };
    expect(decideForPerson({ ...asked, agreedAt: at(12) }, unknown)).toEqual(stopped);
    expect(decideForPerson({ ...asked, agreedAt: null }, withdrew('M', 5))).toEqual(stopped);
  });

  it('is not written to under a merged record that withdrew at another number before the merge', () => {
    const ofMerged = { ...asked, patientId: 'M', agreedAt: at(8) };
    expect(decideForPerson(ofMerged, withdrew('M', 5))).toEqual({ allowed: false, reason: 'withdrawn' });
    expect(decideForPerson({ ...ofMerged, agreedAt: at(12) }, withdrew('M', 5))).toMatchObject({
      allowed: true,
    });
  });

  it('is not written to when the EHR denies it under any of the records', () => {
    const denied = { ...person, denied: [purpose] };
    expect(decideForPerson(asked, denied)).toEqual({ allowed: false, reason: 'ehr-deny' });
    expect(decideForPerson(asked, { ...person, denied: ['surveys'] })).toMatchObject({ allowed: true });
  });

  it('is stopped by a withdrawal of the very purpose only', () => {
    const other = {
      ...person,
      withdrawn: [{ patientId: 'M', purpose: 'surveys' as const, recordedAt: at(5) }],
    };
    expect(decideForPerson(asked, other)).toMatchObject({ allowed: true });
  });

  it('is never permitted what one of the two records asked alone would not be', () => {
    const status = fc.constantFrom('active' as const, 'inactive' as const, null);
    const facts = fc
      .record({
        deceased: fc.boolean(),
        linked: fc.constantFrom('active' as const, 'unconfirmed' as const, 'none' as const),
        status,
      })
      .map(({ deceased, linked, status: said }): PatientFacts => ({
        deceased,
        active: true,
        linked,
        byProxy: false,
        consent: said && { id: 'c', version: 1, status: said, givenBy: 'patient' as const, ehrDenies: false },
      }));
    const days = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(facts, facts, days, fc.array(days), (own, survivors, agreedOn, withdrawnOn) => {
        const withdrawn = withdrawnOn.map((day) => ({ patientId: 'S', purpose, recordedAt: at(day) }));
        const both = { patientId: 'M', own, survivors, agreedAt: at(agreedOn), purpose };
        const decision = decideForPerson(both, { ...person, withdrawn });
        if (!decision.allowed) return;
        expect(decideFor(own).allowed && decideFor(survivors).allowed).toBe(true);
        expect(withdrawnOn.every((day) => day < agreedOn)).toBe(true);
      }),
    );
  });
});
