import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { Threads } from './threads.js';

export const IDLE_LOOP = 'conversations.idle';

/** Small, so that the rows of one claim are locked for milliseconds. */
const BATCH = 50;

/** Ends conversations in which nobody has written for 24 h. What waits for a person stays on the work list. */
@Injectable()
export class Idle {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsRepository,
    private readonly threads: Threads,
  ) {}

  claim(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const ids = await this.conversations.claimIdle(tx, BATCH);
      for (const id of ids) await this.threads.close(tx, id, 'idle');
      return ids.length;
    });
  }
}
