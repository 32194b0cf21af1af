import { Fault } from '../../../platform/errors/fault.js';
import { PURPOSES, type Purpose } from './consent.js';
import { isKnownWording } from './wordings/index.js';

/** How far two honest clocks, ours and the one at the desk, may be apart. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** The purposes, each once. Throws consent.no-purpose and consent.unknown-purpose. */
export function checkPurposes(purposes: readonly string[]): Purpose[] {
  if (purposes.length === 0) throw refused('no-purpose', 'Name at least one purpose.');
  const known = PURPOSES.filter((purpose) => purposes.includes(purpose));
  if (purposes.every((purpose) => (PURPOSES as readonly string[]).includes(purpose))) return known;
  throw refused('unknown-purpose', `A purpose is one of: ${PURPOSES.join(', ')}.`);
}

/** Evidence must name a text that the patient can have read. Throws consent.unknown-wording. */
export function checkWording(version: string): void {
  if (isKnownWording(version)) return;
  throw refused('unknown-wording', 'There is no wording of this version. See /v1/consents/wordings.');
}

/**
 * A consent counts from when the patient gave it: not from the future, and an older form that arrives late does not
 * undo a newer withdrawal. Throws consent.in-future and consent.before-withdrawal.
 */
export function checkRecordedAt(recordedAt: Date, now: Date, withdrawnAt: Date | null): void {
  if (recordedAt.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
    throw refused('in-future', 'recorded_at lies in the future.');
  }
  if (withdrawnAt && recordedAt.getTime() + CLOCK_TOLERANCE_MS < withdrawnAt.getTime()) {
    throw refused('before-withdrawal', 'The patient withdrew after this consent. Ask the patient again.');
  }
}

/** A consent that cannot be recorded as it was stated: `consent.<code>`, 422. */
export function refused(code: string, words: string): Fault {
  return new Fault({ code: `consent.${code}`, kind: 'unprocessable', words });
}
