import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';
import { StatusesRepository } from '../infrastructure/statuses.repository.js';
import { TakeStatuses } from './take-statuses.js';

const PARTITIONS_EVERY_MS = 30 * 60_000;

/** Partitions made ahead and what is too old to matter. Nothing here is ever due work. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap {
  private madeAt = -Infinity;

  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly statuses: StatusesRepository,
    private readonly takeStatuses: TakeStatuses,
    private readonly log: Log,
  ) {}

  /** Without its partition a row goes to the default one: late partitions are no reason not to start. */
  async onApplicationBootstrap(): Promise<void> {
    await this.makePartitions();
  }

  async claim(ctx: Context): Promise<number> {
    // Every organization's turn comes here, and a moved clock wakes all loops many times over.
    if (performance.now() - this.madeAt > PARTITIONS_EVERY_MS) await this.makePartitions();
    await this.transactions.run(ctx, async (tx) => {
      await this.takeStatuses.takeOldEarly(tx);
      await this.statuses.forgetOld(tx);
    });
    return 0;
  }

  private async makePartitions(): Promise<void> {
    this.madeAt = performance.now();
    try {
      await this.transactions.directory((tx) => this.inbox.makePartitions(tx));
    } catch (error) {
      this.log.warn('whatsapp.partitions-not-made', {}, error);
    }
  }
}
