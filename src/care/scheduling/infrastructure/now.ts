import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';

/** The product's time, read on the caller's own connection. */
export async function nowIn(ctx: TxContext): Promise<Date> {
  const [row] = await sql<{ now: Date }>(ctx, 'select platform.now() as now');
  return row!.now;
}
