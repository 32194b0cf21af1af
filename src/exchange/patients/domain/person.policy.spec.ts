import fc from 'fast-check';
import type { Patient } from 'fhir/r4.js';
import { ageStageOf, isDeceased, languageOf, namesIn } from './person.policy.js';

const patient = (more: Partial<Patient>): Patient => ({ resourceType: 'Patient', ...more });

describe('the name that a patient goes by', () => {
  it.each([
    [
      [{ use: 'official', given: ['Asha', 'Devi'], family: 'Nair' }],
      { given: 'Asha', text: 'Asha Devi Nair' },
    ],
    [
      [
        { use: 'official', given: ['Robert'] },
        { use: 'usual', given: ['Bob'] },
      ],
      { given: 'Bob', text: 'Bob' },
    ],
    [
      [
        { use: 'maiden', family: 'Before' },
        { given: ['Ann'], family: 'After' },
      ],
      { given: 'Ann', text: 'Ann After' },
    ],
    [[{ use: 'old', text: 'Before' }], { given: '', text: '' }],
    [[{ use: 'official', family: 'Suharto' }], { given: 'Suharto', text: 'Suharto' }],
    [[{ text: '  Zoë\n O’Hara ' }], { given: 'Zoë O’Hara', text: 'Zoë O’Hara' }],
    [undefined, { given: '', text: '' }],
  ])('%j', (name, names) => {
    expect(namesIn(patient({ name: name as Patient['name'] }))).toEqual(names);
  });
});

describe('the language of a patient', () => {
  const speaks = (...said: [string, boolean?][]) =>
    languageOf(
      patient({
        communication: said.map(([code, preferred]) => ({ language: { coding: [{ code }] }, preferred })),
      }),
    );

  it('is the preferred one, else the first', () => {
    expect(speaks(['en'], ['ml', true])).toBe('ml');
    expect(speaks(['ml'], ['en'])).toBe('ml');
  });

  it('is written as BCP 47 has it; what is no tag is nothing', () => {
    expect(speaks(['pt-br'])).toBe('pt-BR');
    expect(speaks(['tlh'])).toBe('tlh');
    expect(speaks(['?'], ['es'])).toBe('es');
    expect(speaks(['not a language'])).toBeNull();
    expect(languageOf(patient({}))).toBeNull();
  });
});

describe('whether a patient has died', () => {
  it.each([
    [{ deceasedBoolean: true }, true],
    [{ deceasedDateTime: '2026' }, true],
    [{ deceasedBoolean: false }, false],
    [{}, false],
  ])('%j: %s', (said, dead) => {
    expect(isDeceased(patient(said))).toBe(dead);
  });
});

const AGES = { majorityAge: 18, confidentialFrom: null };

describe('whether a patient may be under age', () => {
  it.each([
    ['2008-11-23', '2026-11-22', true],
    ['2008-11-23', '2026-11-23', false],
    ['2008-02-29', '2026-02-28', true],
    ['2008-02-29', '2026-03-01', false],
    ['2008-11', '2026-11-30', true],
    ['2008-11', '2026-12-01', false],
    ['2008', '2026-12-30', true],
    ['2008', '2027-01-01', false],
    ['1990', '2026-11-23', false],
    [null, '2026-11-23', true],
    ['unknown', '2026-11-23', true],
  ])('born %s, on %s: %s', (birthDate, today, minor) => {
    expect(ageStageOf(birthDate, today, AGES).minor).toBe(minor);
  });

  it.each([
    [{ majorityAge: 18, confidentialFrom: null }, '2010-11-24', true, true],
    [{ majorityAge: 16, confidentialFrom: null }, '2010-11-24', true, true],
    [{ majorityAge: 16, confidentialFrom: null }, '2010-11-23', false, false],
    [{ majorityAge: 21, confidentialFrom: null }, '2005-11-24', true, true],
    [{ majorityAge: 18, confidentialFrom: 14 }, '2012-11-24', true, true],
    [{ majorityAge: 18, confidentialFrom: 14 }, '2012-11-23', true, false],
    // Perhaps not fourteen yet.
    [{ majorityAge: 18, confidentialFrom: 14 }, '2012', true, true],
  ])('counts by the ages of the hospital: %j, born %s', (ages, birthDate, minor, byProxy) => {
    expect(ageStageOf(birthDate, '2026-11-23', ages)).toEqual({ minor, byProxy });
  });

  it('cannot be told without a birth date: then nobody else is written to', () => {
    expect(ageStageOf(null, '2026-11-23', AGES)).toEqual({ minor: true, byProxy: false });
  });

  it('ends once and never begins again', () => {
    const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    const text = (date: Date): string => date.toISOString().slice(0, 10);
    fc.assert(
      fc.property(day, day, day, fc.constantFrom(4, 7, 10), (birth, a, b, precision) => {
        const born = text(birth).slice(0, precision);
        const [early, late] = [text(a), text(b)].sort() as [string, string];
        const [before, after] = [ageStageOf(born, early, AGES), ageStageOf(born, late, AGES)];
        if (!before.minor) expect(after.minor).toBe(false);
        if (!before.byProxy) expect(after.byProxy).toBe(false);
      }),
    );
  });
});
