import type { Uuid } from '../../../platform/ids/ids.js';
import { classOf, type VisitFacts } from './visit.policy.js';

export type ActionKind = 'confirm' | 'cancel';

/** What a button token stands for. */
export interface TokenFacts {
  action: ActionKind;
  appointmentId: Uuid;
  visitVersion: number;
  addressId: Uuid;
  expiresAt: Date;
  /** The inbound message that used it; null while it is unused. */
  usedBy: Uuid | null;
}

export interface Tap {
  inboundId: Uuid;
  addressId: Uuid;
  /** When the patient tapped, by Meta. */
  at: Date;
  now: Date;
}

export type TapVerdict = 'valid' | 'repeated' | 'foreign' | 'used' | 'expired' | 'overdue' | 'stale';

/**
 * What a tap is worth. Only `valid` is applied. `repeated` is the same inbound message handled again after a crash,
 * `foreign` a token that was sent to another address, `stale` one whose visit has changed or no longer stands,
 * `overdue` one that was tapped in time and is heard only now that its visit has begun.
 */
export function judgeTap(
  tap: Tap,
  token: TokenFacts,
  visit: VisitFacts & { visitVersion: number },
): TapVerdict {
  if (token.addressId !== tap.addressId) return 'foreign';
  if (token.usedBy === tap.inboundId) return 'repeated';
  if (token.usedBy !== null) return 'used';
  if (token.visitVersion !== visit.visitVersion || classOf(visit) === 'not-live') return 'stale';
  if (tap.now < token.expiresAt) return 'valid';
  return tap.at < token.expiresAt ? 'overdue' : 'expired';
}
