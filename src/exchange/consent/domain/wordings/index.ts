import { ar } from './ar.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { hi } from './hi.js';
import { ml } from './ml.js';
import { pt } from './pt.js';
import type { Wording } from './wording.js';

/** Every wording that a consent may name, newest version first in each language. */
export const WORDINGS: readonly Wording[] = [en, ml, hi, ar, es, pt, fr];

/** Whether a consent may name this version: it was shipped in at least one language. */
export function isKnownWording(version: string): boolean {
  return WORDINGS.some((wording) => wording.version === version);
}
