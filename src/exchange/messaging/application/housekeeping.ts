import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';
import { StatusesRepository } from '../infrastructure/statuses.repository.js';

/** Partitions made ahead and what is too old to matter. Nothing here is ever due work. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly statuses: StatusesRepository,
    private readonly log: Log,
  ) {}

  /** Without its partition a row goes to the default one: late partitions are no reason not to start. */
  async onApplicationBootstrap(): Promise<void> {
    await this.makePartitions();
  }

  async claim(ctx: Context): Promise<number> {
    await this.makePartitions();
    await this.transactions.run(ctx, (tx) => this.statuses.forgetOld(tx));
    return 0;
  }

  private async makePartitions(): Promise<void> {
    try {
      await this.transactions.directory((tx) => this.inbox.makePartitions(tx));
    } catch (error) {
      this.log.warn('whatsapp.partitions-not-made', {}, error);
    }
  }
}
