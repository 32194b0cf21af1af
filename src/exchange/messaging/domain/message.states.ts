export const MESSAGE_STATES = [
  'ready',
  'claimed',
  'sending',
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'parked',
  'expired',
  'refused',
] as const;

export type MessageState = (typeof MESSAGE_STATES)[number];

export const STATUSES = ['sent', 'delivered', 'read', 'failed'] as const;
export type Status = (typeof STATUSES)[number];

/** One status of a message, as a webhook told it. */
export interface StatusFact {
  status: Status;
  /** Meta's timestamp. */
  at: Date;
  /** Meta's error code; for `failed` only. */
  code: number | null;
}

/** What is known of a message that reached Meta: the first time of each status. */
export interface Progress {
  acceptedAt: Date | null;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  failedAt: Date | null;
  failureCode: number | null;
}

/**
 * Adds a status. The result does not depend on the order or the number of times that statuses arrive:
 * of each the earliest is kept (Meta promises neither order nor single delivery).
 */
export function note(progress: Progress, fact: StatusFact): Progress {
  if (fact.status === 'failed') return noteFailure(progress, fact);
  const key = ({ sent: 'sentAt', delivered: 'deliveredAt', read: 'readAt' } as const)[fact.status];
  return { ...progress, [key]: earlier(progress[key], fact.at) };
}

/**
 * The state to show: rank accepted < sent < delivered < read, never down; a failure counts only while nothing above
 * sent is known (Meta may report both), and is kept either way.
 */
export function stateOf(progress: Progress): MessageState {
  if (progress.readAt) return 'read';
  if (progress.deliveredAt) return 'delivered';
  if (progress.failedAt) return 'failed';
  return progress.sentAt ? 'sent' : 'accepted';
}

/** Whether the two tell the same. */
export function isSameProgress(one: Progress, other: Progress): boolean {
  const keys = ['acceptedAt', 'sentAt', 'deliveredAt', 'readAt', 'failedAt'] as const;
  return (
    one.failureCode === other.failureCode &&
    keys.every((key) => one[key]?.getTime() === other[key]?.getTime())
  );
}

/** Of several failures the first in time; of simultaneous ones the lowest code, so that the order never matters. */
function noteFailure(progress: Progress, { at, code }: StatusFact): Progress {
  const known = progress.failedAt;
  const isFirst =
    !known ||
    at < known ||
    (at.getTime() === known.getTime() && (code ?? Infinity) < (progress.failureCode ?? Infinity));
  return isFirst ? { ...progress, failedAt: at, failureCode: code } : progress;
}

function earlier(known: Date | null, at: Date): Date {
  return known && known <= at ? known : at;
}
