import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { OutboxRepository, type OutboxRow } from '../infrastructure/outbox.repository.js';

/** Somebody may mend what is broken about it, and until then it must not fill the batches. */
const RETRY_MS = 10 * 60_000;

/** Leased messages about which nobody can say whether they may go, or how. */
@Injectable()
export class SetAside {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly worklist: WorklistFacade,
    private readonly log: Log,
  ) {}

  /** They wait, and are tried again until they are of no use any more. A person is told: one item per number. */
  async run(
    ctx: Context,
    token: Uuid,
    rows: readonly OutboxRow[],
    { reason, error }: { reason: 'gate-failed' | 'token-unreadable'; error: unknown },
  ): Promise<void> {
    const { organizationId } = ctx;
    for (const { id } of rows) {
      this.log.error('whatsapp.message-set-aside', { organization_id: organizationId, id, reason }, error);
    }
    await this.transactions.run(ctx, async (tx) => {
      const dueAt = new Date((await nowIn(tx)).getTime() + RETRY_MS);
      await this.outbox.giveBack(
        tx,
        token,
        rows.map(({ id }) => ({ id, dueAt, reason })),
      );
      const firstOf = new Map([...rows].reverse().map(({ id, accountId }) => [accountId, id]));
      for (const [accountId, id] of firstOf) {
        await this.worklist.raise(tx, {
          kind: 'messages-stuck',
          reason,
          key: `messages-stuck:${accountId}`,
          subject: { kind: 'message', id },
        });
      }
    });
  }
}
