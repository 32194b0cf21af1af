/**
 * pending → sending → sent | unknown | refused | dead. `unknown` is looked up before anything is sent again, `refused` may
 * be sent in another form, `dead` is for a person. A `sent` one may become `withdrawn`: entered-in-error in the EHR.
 */
export const WRITE_STATES = [
  'pending',
  'sending',
  'sent',
  'unknown',
  'refused',
  'dead',
  'withdrawn',
] as const;
export type WriteState = (typeof WRITE_STATES)[number];

/** What a failed attempt left behind. */
export interface Failure {
  code: string;
  effect: 'not-done' | 'unknown';
  retryable: boolean;
}

const SEVERAL_COPIES = 'fhir.several-copies';

/** The state after an attempt that failed; null: nobody foresaw how. */
export function stateAfter(failure: Failure | null): 'unknown' | 'refused' | 'pending' | 'dead' {
  if (failure === null || failure.effect === 'unknown') return 'unknown';
  if (failure.code === SEVERAL_COPIES) return 'dead';
  return failure.retryable ? 'pending' : 'refused';
}
