import type { Uuid } from '../../../platform/ids/ids.js';
import { nextStep, reactionTo } from '../domain/reactions.js';
import type { SendingNumber } from '../infrastructure/accounts.repository.js';
import type { SendOutcome } from '../infrastructure/graph-client.js';
import type { GraphError } from '../infrastructure/graph-error.js';
import type { MessageChange } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import type { OutboxRow } from '../infrastructure/outbox.repository.js';

/** What one call brought. */
export interface SendResult {
  message: OutboxRow;
  number: SendingNumber;
  attemptId: Uuid;
  /** The lease under which it was begun. */
  token: Uuid;
  /** `not-begun`: our locks were gone before the call, or the circuit had opened. */
  outcome: SendOutcome | { kind: 'not-begun' };
}

/** What becomes of a message that Meta refused. */
export function refused(row: MessageEntity, error: GraphError, now: Date): MessageChange {
  const step = nextStep({ ...error, tries: row.tries, chance: Math.random() });
  const base = { ...row, reason: null, tries: row.tries + 1, unknownAt: null };
  if (step.state === 'refused')
    return { ...base, state: 'refused', reason: step.reason, failureCode: error.code };
  if (step.state === 'failed')
    return { ...base, state: 'failed', reason: reactionTo(error), failureCode: error.code, failedAt: now };
  return {
    ...base,
    state: 'ready',
    reason: waitReason(error),
    dueAt: new Date(now.getTime() + step.delayMs),
  };
}

function waitReason(error: GraphError): string {
  return error.code === null ? 'whatsapp-away' : `meta-${error.code}`;
}
