import type { Uuid } from '../../../platform/ids/ids.js';

/**
 * composed → writing → written | unknown | refused | dead; unknown is tried again. `held` waits for staff to name the
 * patient, or a while for an answer that is on its way (reason `answer-awaited`); `kept` stays with us because the EHR
 * takes no Communication. Any that was composed may be taken back: retracting → retracted.
 */
export const STATES = [
  'held',
  'composed',
  'writing',
  'unknown',
  'written',
  'kept',
  'refused',
  'dead',
  'retracting',
  'retracted',
] as const;
export type SummaryState = (typeof STATES)[number];

/** Why staff takes a summary back. */
export const RETRACTION_REASONS = ['wrong-patient', 'wrong-content', 'patient-request', 'other'] as const;
export type RetractionReason = (typeof RETRACTION_REASONS)[number];

/** Why one is taken back: by staff, or because its patient is erased, when what it says leaves the EHR too. */
export type WithdrawalReason = RetractionReason | 'erasure';

/** What a worker may find due. */
export type DueState = 'composed' | 'unknown' | 'retracting';

/** Where a summary stands: ids, codes and times, no content. */
export interface SummaryStatus {
  id: Uuid;
  conversationId: Uuid;
  /** The summary that this one corrects. */
  correctsId: Uuid | null;
  patientId: Uuid | null;
  state: SummaryState;
  /** `Communication/12` once it is written. */
  communication: string | null;
  /** Why it is not written, as a code. */
  reason: string | null;
  composedAt: Date;
  writtenAt: Date | null;
}
