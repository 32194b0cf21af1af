import type { Uuid } from '../../../platform/ids/ids.js';

/**
 * composed → writing → written | unknown | refused | dead; unknown is tried again. `held` waits for staff to name the
 * patient, or a while for an answer that is on its way (reason `answer-awaited`); `kept` stays with us because the EHR takes no Communication.
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
] as const;
export type SummaryState = (typeof STATES)[number];

/** Where a summary stands: ids, codes and times, no content. */
export interface SummaryStatus {
  id: Uuid;
  conversationId: Uuid;
  patientId: Uuid | null;
  state: SummaryState;
  /** `Communication/12` once it is written. */
  communication: string | null;
  /** Why it is not written, as a code. */
  reason: string | null;
  composedAt: Date;
  writtenAt: Date | null;
}
