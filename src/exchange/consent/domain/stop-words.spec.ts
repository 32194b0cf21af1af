import fc from 'fast-check';
import { STOP_PHRASES } from './stop-phrases.js';
import { isStopWord, normaliseStopText } from './stop-words.js';
import { WORDINGS } from './wordings/index.js';

const phrases = Object.values(STOP_PHRASES).flat();
const decoration = fc.stringMatching(/^[ \t\n.,!?…*"'”»)\u200e\u200f\u202a\u2066\ufeff🛑🙏-]{0,6}$/u);

describe('a message that asks to stop', () => {
  describe.each(Object.entries(STOP_PHRASES))('in %s', (_language, known) => {
    it.each(known)('%s', (phrase) => expect(isStopWord(phrase)).toBe(true));
  });

  it.each([
    ['capitals', 'STOP'],
    ['a full stop', 'stop.'],
    ['spaces and lines', '  Stop \n'],
    ['emphasis', '*STOP*'],
    ['an emoji', 'Stop 🛑'],
    ['full width letters', 'ＳＴＯＰ'],
    ['a word said twice', 'Stop! STOP!!'],
    ['an invisible direction mark', '\u200eSTOP\u200f'],
    ['a zero width space', 'ST\u200bOP'],
    ['an accent left out', 'ARRET'],
    ['an accent as a mark of its own', 'ARRE\u0302T'],
    ['an accent too many', 'PÁRAR'],
    ['another hamza', 'ايقاف'],
    ['vowel signs', 'إِيقَاف'],
    ['a stretched word', 'إيـقـاف'],
    ['Malayalam as older keyboards type it', 'നിര്\u200dത്തുക'],
    ['a danda', 'रोकें।'],
    ['chandrabindu for anusvara', 'रोकेँ'],
    ['another apostrophe', 'don’t message me'],
    ['the word STOP in any language', 'stop all'],
    ['Portuguese', 'SAIR'],
    ['Spanish', 'ALTO'],
  ])('with %s', (_what, text) => expect(isStopWord(text)).toBe(true));

  it('whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...phrases),
        decoration,
        decoration,
        fc.boolean(),
        (phrase, before, after, loud) => {
          expect(isStopWord(`${before}${loud ? phrase.toUpperCase() : phrase}${after}`)).toBe(true);
        },
      ),
    );
  });
});

describe('a message that only speaks of stopping', () => {
  it.each([
    'please stop the pain',
    'Can I stop taking the tablets?',
    'The bus does not stop there, can I come later?',
    'stopped',
    'nonstop',
    'cancel',
    'Cancelar',
    'annuler',
    'إلغاء',
    'रद्द करें',
    'बंद',
    'വേണ്ട',
    'no',
    'para mañana',
    'parada',
    'baja por enfermedad',
    'on peut arrêter le traitement ?',
    'हम दवा बंद करें क्या',
    'മരുന്ന് നിർത്തുക എന്ന് പറഞ്ഞോ',
    'هل أوقف الدواء',
    '',
    '🛑',
    'STOP '.repeat(100),
  ])('%s', (text) => expect(isStopWord(text)).toBe(false));

  it('in a sentence around a stop word', () => {
    const other = fc.constantFrom('tablets', 'വേദന', 'दवा', 'الدواء', 'mañana', 'remédio', 'traitement');
    fc.assert(
      fc.property(fc.constantFrom(...phrases), other, fc.boolean(), (phrase, word, first) => {
        expect(isStopWord(first ? `${word} ${phrase}` : `${phrase} ${word}`)).toBe(false);
      }),
    );
  });
});

describe('the normal form', () => {
  it('of a normal form is itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...phrases)), (text) => {
        const once = normaliseStopText(text);
        expect(normaliseStopText(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the vowels of Indic scripts, which are marks', () => {
    expect(normaliseStopText('रोको')).not.toBe(normaliseStopText('रोके'));
    expect(normaliseStopText('നിർത്തുക')).toBe('നിർത്തുക');
  });
});

describe('the wordings', () => {
  it.each(WORDINGS.map((wording) => [wording.language, wording] as const))(
    'in %s name a way to stop that is understood',
    (_language, { stopping }) => {
      const words = stopping.match(/[\p{L}\p{M}\u200d]+/gu) ?? [];
      const understood = words.filter(isStopWord);
      expect(understood).toContain('STOP');
    },
  );
});
