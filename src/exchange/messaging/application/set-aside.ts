import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { OutboxRepository, type OutboxRow } from '../infrastructure/outbox.repository.js';
import { SetAsideRepository, type SetAsideReason } from '../infrastructure/set-aside.repository.js';

/** Somebody may mend what is broken about it, and until then it must not fill the batches. */
const RETRY_MS = 10 * 60_000;

/** Leased messages about which nobody can say whether they may go, or how. */
@Injectable()
export class SetAside {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly repository: SetAsideRepository,
    private readonly worklist: WorklistFacade,
    private readonly log: Log,
  ) {}

  /**
   * They wait, and are tried again until they are of no use any more. A person is told: one item per number, with how
   * many there are by reason.
   */
  async run(
    ctx: Context,
    token: Uuid,
    rows: readonly OutboxRow[],
    { reason, error }: { reason: SetAsideReason; error: unknown },
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
      const counts = await this.repository.counts(tx, [...firstOf.keys()]);
      for (const [accountId, id] of firstOf) {
        const detail = counts.get(accountId);
        // None: the lease was over, and whoever has it now judges anew.
        if (!detail) continue;
        await this.worklist.raise(tx, {
          kind: 'messages-stuck',
          reason,
          key: stuckKey(accountId),
          subject: { kind: 'message', id },
          detail,
        });
      }
    });
  }

  /**
   * The loop `messaging.set-aside`: once all of a number's have gone, or ended otherwise, nobody need look any more. An
   * item that is raised in this very moment may be resolved with them: the next try raises it anew.
   */
  async claim(ctx: Context): Promise<number> {
    await this.transactions.run(ctx, async (tx) => {
      for (const accountId of await this.repository.without(tx))
        await this.worklist.resolve(tx, stuckKey(accountId), 'none-left');
    });
    return 0;
  }
}

function stuckKey(accountId: Uuid): string {
  return `messages-stuck:${accountId}`;
}
