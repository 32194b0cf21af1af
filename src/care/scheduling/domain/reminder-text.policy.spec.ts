import fc from 'fast-check';
import { asParameter, reminderParameters } from './reminder-text.policy.js';
import { speak } from './words/speak.js';

const facts = (language: string, timeZone = 'Asia/Kolkata') => ({
  givenName: 'Asha',
  organizationName: "St Mary's Hospital",
  placeName: 'East Wing',
  start: new Date('2026-12-01T03:30:00Z'),
  timeZone,
  language,
});

describe('the parameters of a reminder', () => {
  it('are given name, hospital, day, time and place, by the wall clock of the visit', () => {
    expect(reminderParameters(facts('en'))).toEqual([
      'Asha',
      "St Mary's Hospital",
      'Tuesday, December 1',
      '9:00 AM GMT+5:30',
      'East Wing',
    ]);
  });

  it('are the same instant by another wall clock', () => {
    expect(reminderParameters(facts('en', 'America/New_York')).slice(2, 4)).toEqual([
      'Monday, November 30',
      '10:30 PM EST',
    ]);
  });

  it.each([
    ['pt_BR', 'terça-feira, 1 de dezembro'],
    ['es', 'martes, 1 de diciembre'],
    ['fr', 'mardi 1 décembre'],
    ['hi', 'मंगलवार, 1 दिसंबर'],
    ['xx', 'Tuesday, December 1'],
    ['not a language!', 'Tuesday, December 1'],
  ])('speak the language of the template: %s', (language, day) => {
    expect(reminderParameters(facts(language))[2]).toBe(day);
  });

  it('are such as Meta takes, whatever a name contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const parameter = asParameter(text);
        expect(parameter).not.toMatch(/[\n\r\t]| {2}/);
        expect([...parameter].length).toBeLessThanOrEqual(120);
        expect(parameter.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('languages', () => {
  it.each(['en', 'ml', 'hi', 'ar', 'es', 'pt-BR', 'fr'])('we speak %s', (tag) => {
    const { language, words } = speak([tag, 'en']);
    expect(language).toBe(tag);
    expect(words === speak(['en']).words).toBe(tag === 'en');
    expect(words.buttonMoved('<when>')).toContain('<when>');
  });

  it('English is what is left, for the words and for the dates', () => {
    expect(speak(['sw'])).toEqual(speak(['en']));
    expect(speak(['sw', 'es-MX', 'en']).language).toBe('es-MX');
  });
});
