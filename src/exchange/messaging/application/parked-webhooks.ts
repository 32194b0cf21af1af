import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { unworkedKey } from '../domain/arrival.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';

/** Webhooks that were put aside because they failed again and again. */
@Injectable()
export class ParkedWebhooks {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  /** Their cause was mended: they are worked again, and a person is asked anew about those that still fail. */
  retry(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const ids = await this.inbox.retryParked(tx);
      for (const id of ids) await this.worklist.resolve(tx, unworkedKey(id), 'tried-again');
      return ids.length;
    });
  }
}
