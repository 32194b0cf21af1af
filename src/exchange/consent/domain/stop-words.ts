import { STOP_PHRASES } from './stop-phrases.js';

/** Longer than any phrase with its decoration: long texts are read by people. */
const MAX_LENGTH = 200;

/** Malayalam letters typed the old way, consonant + virama + joiner, and the single characters that Unicode 5.1 gave them. */
const CHILLUS: Readonly<Record<string, string>> = { ണ: 'ൺ', ന: 'ൻ', ര: 'ർ', ല: 'ൽ', ള: 'ൾ' };
const OLD_CHILLU = /([ണനരലള])\u0d4d\u200d/gu;

/**
 * A message without what does not change its meaning: case, width, punctuation, emoji, invisible marks, Latin
 * accents, Arabic vowel signs and letter variants, a word said twice. Idempotent.
 */
export function normaliseStopText(text: string): string {
  const plain = text
    .replace(OLD_CHILLU, (_, consonant: string) => CHILLUS[consonant]!)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}/gu, '');
  const words = arabic(latin(plain))
    .replaceAll('ँ', 'ं')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  return words.filter((word, n) => word !== words[n - 1]).join(' ');
}

/** Accents go where they are an accent: on Latin letters. In Indic scripts a mark is a vowel. */
function latin(text: string): string {
  return text
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, '$1')
    .normalize('NFC');
}

/** Vowel signs and the stretching dash are optional; the seats of hamza are often left out when typing. */
function arabic(text: string): string {
  return text
    .replace(/[\u064b-\u065f\u0670\u0640]/gu, '')
    .replace(/[أإآٱ]/gu, 'ا')
    .replaceAll('ى', 'ي')
    .replaceAll('ة', 'ه');
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(STOP_PHRASES).flat().map(normaliseStopText));

/**
 * Whether the whole message is an opt-out in English, Malayalam, Hindi, Arabic, Spanish, Portuguese or French,
 * whichever language the patient has. A sentence that only contains such a word is not one: it goes to a person.
 */
export function isStopWord(text: string): boolean {
  return text.length <= MAX_LENGTH && KNOWN.has(normaliseStopText(text));
}
