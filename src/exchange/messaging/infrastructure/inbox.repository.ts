import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { byteaArray } from '../../../platform/database/binary-array.js';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Arrival } from '../domain/arrival.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** How many rows were new, and the ids of those among them that are parked. */
export interface Added {
  count: number;
  parked: Uuid[];
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

const ADD = {
  name: 'messaging-inbox-add',
  text: `
    with own as materialized (
      select set_config('app.organization_id', $1::text, true)::uuid as organization_id, platform.now() as now),
    added as (
      insert into messaging.inbox (organization_id, day, dedupe, id, account_id, field, number_id, state,
                                   change_sealed, due_at)
      select own.organization_id, r.day, r.dedupe, r.id, r.account_id, r.field, r.number_id,
             case when r.parked then 'parked' else 'waiting' end, r.change_sealed, own.now
        from own, unnest($2::date[], $3::bytea[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::boolean[],
                         $9::bytea[])
             as r(day, dedupe, id, account_id, field, number_id, parked, change_sealed)
       order by r.day, r.dedupe
      on conflict do nothing returning id, state)
    select count(*)::int as count, coalesce(array_agg(id) filter (where state = 'parked'), '{}') as parked from added`,
};

@Injectable()
export class InboxRepository {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Stores what is new: outside a transaction in one of its own, with one trip. By key, so that two who store the same
   * never wait for each other. The time is read once: as the column's default it is asked for every row.
   */
  async add(ctx: Context, rows: readonly Arrival[], changesSealed: readonly Buffer[]): Promise<Added> {
    const values = [
      ctx.organizationId,
      rows.map(({ day }) => day),
      byteaArray(rows.map(({ dedupe }) => dedupe)),
      rows.map(({ id }) => id),
      rows.map(({ accountId }) => accountId),
      rows.map(({ field }) => field),
      rows.map(({ numberId }) => numberId),
      rows.map(({ parked }) => parked !== null),
      byteaArray(changesSealed),
    ];
    const [added] = ctx.tx
      ? await sql<Added>(ctx as TxContext, ADD.text, values)
      : await this.transactions.statement<Added>(ADD, values);
    return added!;
  }

  /**
   * The oldest rows that wait, locked: at most `rows`, and no more than `bytes` unless one alone is larger. The time is
   * read once: as a plain call it is asked for every row that waits (4 µs each, measured).
   */
  claim(ctx: TxContext, most: { rows: number; bytes: number }): Promise<InboxRow[]> {
    return sql<InboxRow>(
      ctx,
      `with locked as materialized (
         select id, day, dedupe, account_id, change_sealed, tries, received_at
           from messaging.inbox
          where organization_id = $1 and state = 'waiting' and due_at <= (select platform.now())
          order by received_at, id limit $2 for update skip locked),
       sized as (
         select *, sum(octet_length(change_sealed)) over (order by received_at, id) - octet_length(change_sealed)
                as before
           from locked)
       select id, day::text as day, dedupe, account_id as "accountId", change_sealed as "changeSealed", tries
         from sized where before < $3 order by received_at, id`,
      [ctx.organizationId, most.rows, most.bytes],
    );
  }

  /** Whether a row has waited longer than this. */
  async isBehind(ctx: TxContext, seconds: number): Promise<boolean> {
    const [row] = await sql<{ behind: boolean }>(
      ctx,
      `select exists (
         select 1 from messaging.inbox
          where organization_id = $1 and state = 'waiting'
            and due_at <= (select platform.now()) - make_interval(secs => $2)) as behind`,
      [ctx.organizationId, seconds],
    );
    return row!.behind;
  }

  /**
   * Puts back into the line what was parked for a number that the organization has by now, unless another has had it
   * since: then it was said to that one. Returns those numbers.
   */
  async release(ctx: TxContext): Promise<string[]> {
    const rows = await sql<{ number: string }>(
      ctx,
      `with released as (
         update messaging.inbox i
            set state = 'waiting', account_id = case when field = 'messages' then d.account_id end,
                number_id = null, tries = 0, due_at = platform.now()
           from messaging.number_directory d
          where i.organization_id = $1 and i.state = 'parked' and i.number_id = d.phone_number_id
            and d.organization_id = $1
            and not exists (select from messaging.number_departure l
                             where l.phone_number_id = i.number_id and l.organization_id <> $1
                               and l.left_at >= i.received_at)
         returning d.phone_number_id)
       select distinct phone_number_id as number from released`,
      [ctx.organizationId],
    );
    return rows.map(({ number }) => number);
  }

  /**
   * Ends what was parked for a number that another organization has, or has had since, and empties it: nobody here may
   * read it any more. The row stays, done, so that Meta's next try is known as the same webhook and not parked anew.
   * At most so many at once.
   */
  drop(ctx: TxContext, most: number): Promise<{ id: Uuid; number: string }[]> {
    return sql(
      ctx,
      `with of_others as (
         select phone_number_id, 'infinity'::timestamptz as until
           from messaging.number_directory where organization_id <> $1
          union all
         select phone_number_id, left_at from messaging.number_departure where organization_id <> $1),
       theirs as (
         select i.day, i.dedupe from messaging.inbox i join of_others o on o.phone_number_id = i.number_id
          where i.organization_id = $1 and i.state = 'parked' and i.received_at <= o.until
          limit $2 for update of i skip locked),
       dropped as (
         update messaging.inbox i set state = 'done', change_sealed = ''
           from theirs t where i.organization_id = $1 and i.day = t.day and i.dedupe = t.dedupe
         returning i.id, i.number_id)
       select id, number_id as number from dropped order by number_id, id`,
      [ctx.organizationId, most],
    );
  }

  /** What came last for each of these numbers and is still parked, by number. */
  async parkedFor(ctx: TxContext, numbers: readonly string[]): Promise<Map<string, Uuid>> {
    const rows = await sql<{ number: string; id: Uuid }>(
      ctx,
      `select distinct on (number_id) number_id as number, id from messaging.inbox
        where organization_id = $1 and state = 'parked' and number_id = any($2)
        order by number_id, received_at desc, id`,
      [ctx.organizationId, numbers],
    );
    return new Map(rows.map(({ number, id }) => [number, id]));
  }

  /** Puts back into the line, with all its tries, what was parked for another reason than its number. Returns their ids. */
  async retryParked(ctx: TxContext): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with retried as (
         update messaging.inbox set state = 'waiting', tries = 0, due_at = platform.now()
          where organization_id = $1 and state = 'parked' and number_id is null
         returning id)
       select id from retried`,
      [ctx.organizationId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Worked, and emptied: what was said lies under its person's key from here on, and a copy under the organization's would
   * outlive that person's erasure. Day by day, so that only the day's own partition is looked at.
   */
  async finish(ctx: TxContext, rows: readonly InboxRow[]): Promise<void> {
    for (const day of new Set(rows.map((row) => row.day))) {
      const dedupes = rows.filter((row) => row.day === day).map(({ dedupe }) => dedupe);
      await sql(
        ctx,
        `update messaging.inbox set state = 'done', change_sealed = ''
          where organization_id = $1 and day = $2 and dedupe = any($3)`,
        [ctx.organizationId, day, dedupes],
      );
    }
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

  /** Makes the partitions for the days around today. */
  async makePartitions(ctx: { tx: Transaction }): Promise<void> {
    await sql(
      ctx,
      `select messaging.make_inbox_partitions((platform.now() at time zone 'UTC')::date - $1::int, $2::int)`,
      [PARTITION_DAYS_BACK, PARTITION_DAYS],
    );
  }
}
