import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { OutboxRepository, type OutboxRow } from '../infrastructure/outbox.repository.js';

const REASON = 'gate-failed';

/** Somebody may mend what is broken about it, and until then it must not fill the batches. */
const RETRY_MS = 10 * 60_000;

/** A leased message about which the gate can say neither yes nor no. */
@Injectable()
export class SetAside {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly worklist: WorklistFacade,
    private readonly log: Log,
  ) {}

  /** It waits, and is tried again until it is of no use any more. A person is told: one item per number. */
  async run(ctx: Context, token: Uuid, { id, accountId }: OutboxRow, error: unknown): Promise<void> {
    const { organizationId } = ctx;
    this.log.error('whatsapp.message-set-aside', { organization_id: organizationId, id }, error);
    await this.transactions.run(ctx, async (tx) => {
      const dueAt = new Date((await nowIn(tx)).getTime() + RETRY_MS);
      await this.outbox.giveBack(tx, token, [{ id, dueAt, reason: REASON }]);
      await this.worklist.raise(tx, {
        kind: 'messages-stuck',
        reason: REASON,
        key: `messages-stuck:${accountId}`,
        subject: { kind: 'message', id },
      });
    });
  }
}
