import type { Uuid } from '../../../platform/ids/ids.js';

const STAFF = 'conversation:';

/** The ledger key of one reply that staff wrote. */
export function staffReplyKey(conversationId: Uuid, replyId: Uuid): string {
  return `${STAFF}${conversationId}:${replyId}`;
}

/** Who wrote a message of ours: replies under a staff key a person, everything else the product. */
export function authorOf(sent: { origin: string; originKey: string }): 'staff' | 'automation' {
  return sent.origin === 'reply' && sent.originKey.startsWith(STAFF) ? 'staff' : 'automation';
}
