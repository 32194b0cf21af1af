import { Fault } from '../../../platform/errors/fault.js';
import type { DueState } from './summary.states.js';

/** With the pauses below: five days. An EHR that is away for longer is a person's business. */
export const MAX_ATTEMPTS = 128;

const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 3_600;

/** It may be in the EHR, or is there twice, and nothing but a person can tell: it is not sent again. */
const FOR_A_PERSON = ['fhir.cannot-look-up', 'fhir.several-copies'];

/** What becomes of a write that did not succeed. */
export type Setback =
  | { state: DueState; pauseSeconds: number; reason: string }
  | { state: 'refused' | 'dead' | 'retracted'; reason: string };

/**
 * Passing trouble is tried again later: as unknown once an attempt may have reached the EHR, for then the next one
 * searches first. A refusal is final. `attempts` counts this one.
 */
export function setbackOf(error: unknown, was: DueState, attempts: number): Setback {
  if (was === 'retracting') return setbackOfRetraction(error, attempts);
  const reason = error instanceof Fault ? error.code : 'unexpected';
  if (FOR_A_PERSON.includes(reason)) return { state: 'dead', reason };
  if (error instanceof Fault && !error.retryable) return { state: 'refused', reason };
  if (attempts >= MAX_ATTEMPTS) return { state: 'dead', reason };
  const state = was === 'unknown' || reason === 'fhir.unknown-outcome' ? 'unknown' : 'composed';
  return { state, reason, pauseSeconds: pauseFor(error, attempts) };
}

/** With us it is taken back in any case; what the EHR does not do is a person's business. */
function setbackOfRetraction(error: unknown, attempts: number): Setback {
  const reason = error instanceof Fault ? error.code : 'unexpected';
  const final = (error instanceof Fault && !error.retryable) || attempts >= MAX_ATTEMPTS;
  return final
    ? { state: 'retracted', reason }
    : { state: 'retracting', reason, pauseSeconds: pauseFor(error, attempts) };
}

function pauseFor(error: unknown, attempts: number): number {
  const asked = error instanceof Fault ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.max(pauseAfter(attempts), asked);
}

function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_SECONDS);
}
