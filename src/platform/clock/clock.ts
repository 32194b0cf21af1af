import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Transaction } from '../database/transaction.js';
import { sql } from '../database/transactions.js';

const NOW = 'select platform.now() as now';

/**
 * The product's time inside a transaction, on its own connection: a second one taken while the first is held could
 * wait for ever once all are in use. For what a patient or a rule can feel; leases use clock_timestamp() in SQL.
 */
export async function nowIn(ctx: { tx: Transaction }): Promise<Date> {
  const [row] = await sql<{ now: Date }>(ctx, NOW);
  return row!.now;
}

/** The product's time outside any transaction: the database's clock plus the sandbox's offset. */
@Injectable()
export class Clock {
  constructor(@InjectDataSource() private readonly source: DataSource) {}

  async now(): Promise<Date> {
    const [row] = await this.source.query<{ now: Date }[]>(NOW);
    return row!.now;
  }
}
