import { Fault } from '../../../platform/errors/fault.js';

/** With the pauses below: five days. An EHR that is away for longer is a person's business. */
export const MAX_ATTEMPTS = 128;

const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 3_600;

/** It may be in the EHR, and nothing but a person can tell: it is not sent again. */
const CANNOT_LOOK_UP = 'fhir.cannot-look-up';

/** What becomes of a write that did not succeed. */
export type Setback =
  | { state: 'composed' | 'unknown'; pauseSeconds: number; reason: string }
  | { state: 'refused' | 'dead'; reason: string };

/**
 * Passing trouble is tried again later: as unknown once an attempt may have reached the EHR, for then the next one
 * searches first. A refusal is final. `attempts` counts this one.
 */
export function setbackOf(error: unknown, was: 'composed' | 'unknown', attempts: number): Setback {
  const reason = error instanceof Fault ? error.code : 'unexpected';
  if (reason === CANNOT_LOOK_UP) return { state: 'dead', reason };
  if (error instanceof Fault && !error.retryable) return { state: 'refused', reason };
  if (attempts >= MAX_ATTEMPTS) return { state: 'dead', reason };
  const state = was === 'unknown' || reason === 'fhir.unknown-outcome' ? 'unknown' : 'composed';
  const asked = error instanceof Fault ? (error.retryAfterSeconds ?? 0) : 0;
  return { state, reason, pauseSeconds: Math.max(pauseAfter(attempts), asked) };
}

function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_SECONDS);
}
