import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Uuid } from '../../../platform/ids/ids.js';

export interface NewInboxRow {
  id: Uuid;
  /** The day of Meta's own timestamp, which a retry repeats: so the dedupe key may contain it. */
  day: string;
  dedupe: Buffer;
  accountId: Uuid | null;
  field: string;
  changeSealed: Buffer;
}

export interface InboxRow {
  id: Uuid;
  day: string;
  dedupe: Buffer;
  accountId: Uuid | null;
  changeSealed: Buffer;
  tries: number;
}

const PARTITION_DAYS_BACK = 8;
const PARTITION_DAYS = 24;

@Injectable()
export class InboxRepository {
  /** Stores what is new and returns how many that were. */
  async add(ctx: TxContext, rows: readonly NewInboxRow[]): Promise<number> {
    const [result] = await sql<{ added: number }>(
      ctx,
      `with added as (
         insert into messaging.inbox (organization_id, day, dedupe, id, account_id, field, change_sealed)
         select $1, r.day, r.dedupe, r.id, r.account_id, r.field, r.change_sealed
           from unnest($2::date[], $3::bytea[], $4::uuid[], $5::uuid[], $6::text[], $7::bytea[])
                as r(day, dedupe, id, account_id, field, change_sealed)
         on conflict do nothing returning 1)
       select count(*)::int as added from added`,
      [
        ctx.organizationId,
        rows.map(({ day }) => day),
        rows.map(({ dedupe }) => dedupe),
        rows.map(({ id }) => id),
        rows.map(({ accountId }) => accountId),
        rows.map(({ field }) => field),
        rows.map(({ changeSealed }) => changeSealed),
      ],
    );
    return result!.added;
  }

  /** The oldest rows that wait, locked. */
  claim(ctx: TxContext, limit: number): Promise<InboxRow[]> {
    return sql<InboxRow>(
      ctx,
      `select id, day::text as day, dedupe, account_id as "accountId", change_sealed as "changeSealed", tries
         from messaging.inbox
        where organization_id = $1 and state = 'waiting' and due_at <= platform.now()
        order by received_at limit $2 for update skip locked`,
      [ctx.organizationId, limit],
    );
  }

  /** Whether a row has waited longer than this. */
  async isBehind(ctx: TxContext, seconds: number): Promise<boolean> {
    const [row] = await sql<{ behind: boolean }>(
      ctx,
      `select exists (
         select 1 from messaging.inbox
          where organization_id = $1 and state = 'waiting'
            and due_at <= platform.now() - make_interval(secs => $2)) as behind`,
      [ctx.organizationId, seconds],
    );
    return row!.behind;
  }

  async finish(ctx: TxContext, rows: readonly InboxRow[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.inbox set state = 'done'
         from unnest($2::date[], $3::bytea[]) as r(day, dedupe)
        where organization_id = $1 and inbox.day = r.day and inbox.dedupe = r.dedupe`,
      [ctx.organizationId, rows.map(({ day }) => day), rows.map(({ dedupe }) => dedupe)],
    );
  }

  /** It could not be worked: again later, or with `parked` not any more. */
  async putOff(ctx: TxContext, row: InboxRow, how: { seconds: number; parked: boolean }): Promise<void> {
    await sql(
      ctx,
      `update messaging.inbox
          set tries = tries + 1, state = $4, due_at = platform.now() + make_interval(secs => $5)
        where organization_id = $1 and day = $2 and dedupe = $3`,
      [ctx.organizationId, row.day, row.dedupe, how.parked ? 'parked' : 'waiting', how.seconds],
    );
  }

  /** Runs the work inside a savepoint: what it throws undoes this row alone. */
  async inSavepoint(ctx: TxContext, work: () => Promise<void>): Promise<unknown> {
    await sql(ctx, 'savepoint inbox_row');
    try {
      await work();
      await sql(ctx, 'release savepoint inbox_row');
      return null;
    } catch (error) {
      await sql(ctx, 'rollback to savepoint inbox_row');
      return error ?? new Error('nothing was thrown');
    }
  }

  /** Makes the partitions for the days around today. */
  async makePartitions(ctx: { tx: Transaction }): Promise<void> {
    await sql(
      ctx,
      `select messaging.make_inbox_partitions((platform.now() at time zone 'UTC')::date - $1::int, $2::int)`,
      [PARTITION_DAYS_BACK, PARTITION_DAYS],
    );
  }
}
