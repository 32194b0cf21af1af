import { decideFor, decideForAll, type PatientFacts } from './decision.policy.js';

const agreed: PatientFacts = {
  deceased: false,
  active: true,
  byProxy: false,
  linked: 'active',
  consent: { id: 'a', version: 3, status: 'active', givenBy: 'patient', ehrDenies: false },
};
const never: PatientFacts = { ...agreed, consent: null };
const ended: PatientFacts = {
  ...agreed,
  consent: { id: 'b', version: 2, status: 'inactive', givenBy: 'patient', ehrDenies: false },
};
const byGuardian = { id: 'g', version: 1, status: 'active', givenBy: 'proxy', ehrDenies: false } as const;
const denied: PatientFacts = { ...agreed, consent: { ...agreed.consent!, ehrDenies: true } };

describe('whether a patient may be written to', () => {
  it.each([
    ['who agreed', agreed, { allowed: true, consentId: 'a', consentVersion: 3 }],
    ['who agreed, and whose EHR says no', denied, { allowed: false, reason: 'ehr-deny' }],
    [
      'who withdrew, whatever the EHR says',
      { ...ended, consent: { ...ended.consent!, ehrDenies: true } },
      { allowed: false, reason: 'withdrawn' },
    ],
    ['who never agreed', never, { allowed: false, reason: 'no-consent' }],
    ['who withdrew', ended, { allowed: false, reason: 'withdrawn' }],
    ['who died, agreed or not', { ...agreed, deceased: true }, { allowed: false, reason: 'deceased' }],
    ['whose record is out of use', { ...agreed, active: false }, { allowed: false, reason: 'inactive' }],
    [
      'whose number it no longer is',
      { ...agreed, linked: 'none' as const },
      { allowed: false, reason: 'not-linked' },
    ],
    [
      'whose number others came to share',
      { ...agreed, linked: 'unconfirmed' as const },
      { allowed: false, reason: 'number-shared' },
    ],
    [
      'a minor by the guardian’s consent',
      { ...agreed, byProxy: true, consent: byGuardian },
      { allowed: true, consentId: 'g', consentVersion: 1 },
    ],
    [
      'a minor by a consent that no guardian gave',
      { ...agreed, byProxy: true },
      { allowed: false, reason: 'no-consent' },
    ],
    [
      'who is of age by a guardian’s consent',
      { ...agreed, consent: byGuardian },
      { allowed: false, reason: 'proxy-ended' },
    ],
    [
      'who withdrew before it changed',
      { ...ended, linked: 'none' as const },
      { allowed: false, reason: 'withdrawn' },
    ],
  ])('%s', (_who, facts, decision) => expect(decideFor(facts)).toEqual(decision));
});

describe('whether an address may be written to when its reader is not known', () => {
  it.each([
    ['nobody is on it', [], { allowed: false, reason: 'no-consent' }],
    ['all agreed', [agreed, agreed], { allowed: true, consentId: 'a', consentVersion: 3 }],
    ['one of them never agreed', [agreed, never], { allowed: false, reason: 'no-consent' }],
    ['one of them withdrew', [ended, agreed], { allowed: false, reason: 'withdrawn' }],
  ])('%s', (_who, facts, decision) => expect(decideForAll(facts.map(decideFor))).toEqual(decision));
});
