import { Injectable } from '@nestjs/common';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';

export const PARTITIONS_EVERY_MS = 60 * 60_000;

/** Makes the log's partitions of this month and the next. */
@Injectable()
export class Partitions {
  constructor(
    private readonly transactions: Transactions,
    private readonly log: Log,
  ) {}

  /** Returns 0: nothing is left to do now. A failure costs nothing but order, for the default partition takes all. */
  async ensure(): Promise<number> {
    try {
      await this.transactions.directory((ctx) => sql(ctx, MAKE));
    } catch (error) {
      this.log.warn('audit.no-partition', {}, error);
    }
    return 0;
  }
}

const MAKE = `select audit.ensure_partition(platform.now()), audit.ensure_partition(platform.now() + interval '1 month')`;
