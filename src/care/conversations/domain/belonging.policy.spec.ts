import { belongs, namingOf, onlyPatient } from './belonging.policy.js';

const alive = { id: 'a', deceased: false, active: true };

describe('the patient of an address', () => {
  it.each([
    ['its only patient', [alive], 'a'],
    ['nobody, when nobody is on it', [], null],
    ['nobody, when several share it', [alive, { ...alive, id: 'b' }], null],
    ['nobody, when its only patient has died: somebody else writes', [{ ...alive, deceased: true }], null],
    ['nobody, when its only record is out of use', [{ ...alive, active: false }], null],
  ])('is %s', (_who, patients, found) => expect(onlyPatient(patients)).toBe(found));
});

describe('a message of ours', () => {
  it.each([
    ['about the same patient belongs', 'a', 'a', true],
    ['about nobody belongs', null, 'a', true],
    ['about another patient does not', 'b', 'a', false],
    ['about a patient, in a conversation with nobody known, does not', 'a', null, false],
  ])('%s', (_what, sent, known, result) => {
    expect(belongs({ patientId: sent }, { patientId: known }, new Map())).toBe(result);
  });
});

describe('a proved patient', () => {
  it.each([
    ['who is known changes nothing', 'a', 1, 'known'],
    ['names a conversation of one message', null, 1, 'name'],
    ['does not name what was said before', null, 2, 'split'],
    ['who is another one begins a conversation', 'b', 1, 'split'],
  ])('%s', (_what, known, count, naming) => {
    expect(namingOf({ patientId: known }, 'a', count)).toBe(naming);
  });
});
