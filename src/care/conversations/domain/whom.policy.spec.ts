import { meantBy } from './whom.policy.js';
import { whomQuestion } from './whom-words.js';

const NAMES = new Map([
  ['a', 'Asha'],
  ['z', 'Zoë'],
  ['m', 'José María'],
]);

describe('whom an answer means', () => {
  it.each([
    ['asha', 'a'],
    ['It is about Asha, please', 'a'],
    ['ZOE', 'z'],
    ['jose maria', 'm'],
    ['jose', null],
    ['Ashanti', null],
    ['Asha and Zoë', null],
    ['my daughter', null],
    ['', null],
  ])('%j', (answer, meant) => {
    expect(meantBy(answer, NAMES)).toBe(meant);
  });

  it('is nobody where two have the same name, or none has one', () => {
    const twins = new Map([
      ['1', 'Asha'],
      ['2', 'Asha'],
    ]);
    expect(meantBy('Asha', twins)).toBeNull();
    expect(meantBy('Asha', new Map([['1', '']]))).toBeNull();
  });

  it('is asked in a language of theirs, else in English', () => {
    expect(whomQuestion(['pt-BR', 'en'])).toContain('primeiro nome');
    expect(whomQuestion([null, 'tlh'])).toContain('first name');
  });
});
