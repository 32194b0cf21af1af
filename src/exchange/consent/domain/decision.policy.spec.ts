import { decideFor, decideForAll, type PatientFacts } from './decision.policy.js';

const agreed: PatientFacts = {
  deceased: false,
  active: true,
  linked: true,
  consent: { id: 'a', version: 3, status: 'active' },
};
const never: PatientFacts = { ...agreed, consent: null };
const ended: PatientFacts = { ...agreed, consent: { id: 'b', version: 2, status: 'inactive' } };

describe('whether a patient may be written to', () => {
  it.each([
    ['who agreed', agreed, { allowed: true, consentId: 'a', consentVersion: 3 }],
    ['who never agreed', never, { allowed: false, reason: 'no-consent' }],
    ['who withdrew', ended, { allowed: false, reason: 'withdrawn' }],
    ['who died, agreed or not', { ...agreed, deceased: true }, { allowed: false, reason: 'deceased' }],
    ['whose record is out of use', { ...agreed, active: false }, { allowed: false, reason: 'inactive' }],
    ['whose number it no longer is', { ...agreed, linked: false }, { allowed: false, reason: 'not-linked' }],
    ['who withdrew before it changed', { ...ended, linked: false }, { allowed: false, reason: 'withdrawn' }],
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
