import { baseOf } from '../language.policy.js';
import { ar } from './ar.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { hi } from './hi.js';
import { ml } from './ml.js';
import { pt } from './pt.js';
import type { Words } from './words.js';

const ALL: Readonly<Record<string, Words>> = { ar, en, es, fr, hi, ml, pt };

export interface Spoken {
  /** BCP 47, for dates and times. */
  language: string;
  words: Words;
}

/** The first of these languages that we speak, and its words; English when we speak none of them. */
export function speak(languages: readonly string[]): Spoken {
  const language = languages.find((one) => Object.hasOwn(ALL, baseOf(one))) ?? 'en';
  return { language, words: ALL[baseOf(language)]! };
}
