import { DateTime } from 'luxon';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';

export interface LocalDay {
  now: Date;
  /** `yyyy-mm-dd` */
  today: string;
  tomorrow: string;
  nextMidnight: Date;
}

/** The product's present day in a time zone. */
export async function localDayOf(ctx: TxContext, timeZone: string): Promise<LocalDay> {
  const [row] = await sql<{ now: Date }>(ctx, 'select platform.now() as now');
  const local = DateTime.fromJSDate(row!.now, { zone: timeZone });
  const next = local.plus({ days: 1 }).startOf('day');
  return {
    now: row!.now,
    today: local.toFormat('yyyy-MM-dd'),
    tomorrow: next.toFormat('yyyy-MM-dd'),
    nextMidnight: next.toJSDate(),
  };
}
