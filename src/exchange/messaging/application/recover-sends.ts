import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { MessageParked, MessageStatusChanged } from '../events.js';
import { OutboxRepository } from '../infrastructure/outbox.repository.js';

/** How long a status may take to settle an unanswered send, before a person decides. */
const GRACE_MS = 10 * 60_000;

/** Leases whose sender died, sends whose answer never came, and messages that waited until they were of no use. */
@Injectable()
export class RecoverSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
  ) {}

  /** Returns how many messages moved. */
  run(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const unknown = await this.outbox.recoverLeases(tx);
      const expired = await this.outbox.expire(tx);
      await this.events.publish(tx, MessageStatusChanged, [...unknown, ...expired]);
      return unknown.length + expired.length + (await this.park(tx));
    });
  }

  /** Nothing is sent again blindly: Meta has no idempotency key, and the patient may have read it already. */
  private async park(tx: TxContext): Promise<number> {
    const parked = await this.outbox.parkUnknown(tx, GRACE_MS);
    for (const { id, patientId } of parked) {
      await this.worklist.raise(tx, {
        kind: 'message-unknown',
        reason: 'no-answer',
        key: parkedKey(id),
        subject: { kind: 'message', id },
        ...(patientId ? { patientId } : {}),
      });
    }
    const ids = parked.map(({ id }) => id);
    await this.events.publish(tx, MessageParked, ids);
    await this.events.publish(tx, MessageStatusChanged, ids);
    return parked.length;
  }
}

/** The key of a parked message's work item. */
export function parkedKey(messageId: Uuid): string {
  return `message-unknown:${messageId}`;
}
