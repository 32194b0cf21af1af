import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { unknownNumber, unknownNumberKey } from '../domain/arrival.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';

const DROPPED_AT_ONCE = 500;

/** The loop `messaging.strays`: what was parked for a number that nobody had, once somebody has it. */
@Injectable()
export class StrayWebhooks {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** Each hospital that shares the app's secret has a copy: whose number it is works it, the others' are dropped. */
  claim(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => (await this.release(tx)) + (await this.drop(tx)));
  }

  private async release(tx: TxContext): Promise<number> {
    const numbers = await this.inbox.release(tx);
    for (const number of numbers) await this.worklist.resolve(tx, unknownNumberKey(number), 'account-added');
    return numbers.length;
  }

  private async drop(tx: TxContext): Promise<number> {
    const dropped = await this.inbox.drop(tx, DROPPED_AT_ONCE);
    if (dropped.length === 0) return 0;
    await this.audit.recordAll(
      tx,
      dropped.map(({ id }) => ({
        type: 'whatsapp-webhook.dropped',
        action: 'D' as const,
        entity: { kind: 'whatsapp-webhook', id },
        detail: { reason: 'number-of-another' },
      })),
    );
    await this.tell(
      tx,
      dropped.map(({ number }) => number),
    );
    return dropped.length;
  }

  /** What was parked since asks anew. First resolved, then looked: so nothing parked in between is left without an item. */
  private async tell(tx: TxContext, dropped: readonly string[]): Promise<void> {
    const numbers = [...new Set(dropped)];
    for (const number of numbers)
      await this.worklist.resolve(tx, unknownNumberKey(number), 'number-of-another');
    for (const [number, id] of await this.inbox.parkedFor(tx, numbers)) {
      await this.worklist.raise(tx, { ...unknownNumber(number), subject: { kind: 'whatsapp-webhook', id } });
    }
  }
}
