import type { Uuid } from '../../../platform/ids/ids.js';
import type { Erased, ErasureSubject } from './holder.js';

/** `blocked`: a person must act; asked for again, it goes on where it stopped. */
export type ErasureState = 'requested' | 'running' | 'completed' | 'blocked';

/** What one holder has destroyed. */
export type HolderAnswer = Erased & { holder: string };

/** Ids, codes and counts only. */
export interface ErasureStatus {
  id: Uuid;
  subject: ErasureSubject;
  /** Why it was asked for, as a code. */
  reason: string;
  /** The opaque id of who asked. */
  requestedBy: string;
  state: ErasureState;
  /** In the order in which the holders answered. */
  answers: HolderAnswer[];
  blockedReason: string | null;
  requestedAt: Date;
  completedAt: Date | null;
}

/** A failure that does not pass is shown to a person within the hour. */
export const MOST_ATTEMPTS = 8;

/** Seconds until the next try after so many failures. */
export function pauseAfter(failures: number): number {
  return Math.min(2 ** failures, 600);
}
