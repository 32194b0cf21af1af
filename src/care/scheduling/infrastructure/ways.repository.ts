import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Way } from '../domain/whereabouts.policy.js';

export interface WayKey {
  connectionId: Uuid;
  reference: string;
}

/** A claim that came to nothing is made again so late. */
const LEASE = `interval '1 minute'`;
/** Services and roles move seldom. */
const REREAD = `interval '1 day'`;

@Injectable()
export class WaysRepository {
  /** Notes what nobody has followed yet, to be followed now. */
  async want(ctx: TxContext, connectionId: Uuid, references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    await sql(
      ctx,
      `insert into scheduling.way (organization_id, connection_id, reference, look_at)
       select $1, $2, wanted, platform.now() from unnest($3::text[]) as wanted order by wanted
       on conflict (organization_id, connection_id, reference) do nothing`,
      [ctx.organizationId, connectionId, [...new Set(references)]],
    );
  }

  /** Those that have been followed, by reference. */
  async followed(
    ctx: TxContext,
    connectionId: Uuid,
    references: readonly string[],
  ): Promise<Map<string, Way>> {
    if (references.length === 0) return new Map();
    const rows = await sql<Way & { reference: string }>(
      ctx,
      `select reference, locations, practitioner from scheduling.way
        where organization_id = $1 and connection_id = $2 and reference = any($3::text[]) and read_at is not null`,
      [ctx.organizationId, connectionId, references],
    );
    return new Map(rows.map(({ reference, ...way }) => [reference, way]));
  }

  /** Those whose turn has come, taken for a minute; `again`: they have been followed before. */
  async claimDue(ctx: TxContext, limit: number): Promise<(WayKey & { again: boolean })[]> {
    const [rows] = (await sql(
      ctx,
      `update scheduling.way set look_at = platform.now() + ${LEASE}
        where organization_id = $1 and (connection_id, reference) in (
          select connection_id, reference from scheduling.way
           where organization_id = $1 and look_at <= platform.now()
           order by look_at limit $2 for update skip locked)
        returning connection_id as "connectionId", reference, read_at is not null as again`,
      [ctx.organizationId, limit],
    )) as unknown as [(WayKey & { again: boolean })[], number];
    return rows;
  }

  /** Forgets those of these that no visit ahead names any more; returns the others. */
  async stillNeeded(ctx: TxContext, keys: readonly WayKey[]): Promise<WayKey[]> {
    if (keys.length === 0) return [];
    const gone = await sql<WayKey>(
      ctx,
      `with needed as materialized (
         select distinct connection_id, reference
           from scheduling.appointment, unnest(string_to_array(zone_from, ' ')) as reference
          where organization_id = $1 and starts_at > platform.now()),
       gone as (
         delete from scheduling.way w using unnest($2::uuid[], $3::text[]) as asked(connection_id, reference)
          where w.organization_id = $1 and w.connection_id = asked.connection_id and w.reference = asked.reference
            and not exists (
              select from needed n where n.connection_id = w.connection_id and n.reference = w.reference)
         returning w.connection_id, w.reference)
       select connection_id as "connectionId", reference from gone`,
      [
        ctx.organizationId,
        keys.map(({ connectionId }) => connectionId),
        keys.map(({ reference }) => reference),
      ],
    );
    const isGone = (key: WayKey): boolean =>
      gone.some((one) => one.connectionId === key.connectionId && one.reference === key.reference);
    return keys.filter((key) => !isGone(key));
  }

  /** Keeps where it leads. True when that is news. */
  async save(ctx: TxContext, { connectionId, reference }: WayKey, way: Way): Promise<boolean> {
    const rows = await sql<{ news: boolean }>(
      ctx,
      `with before as (
         select read_at, locations, practitioner from scheduling.way
          where organization_id = $1 and connection_id = $2 and reference = $3 for update),
       saved as (
         update scheduling.way
            set locations = $4, practitioner = $5, read_at = platform.now(), look_at = platform.now() + ${REREAD}
          where organization_id = $1 and connection_id = $2 and reference = $3)
       select read_at is null or locations <> $4 or practitioner is distinct from $5 as news from before`,
      [ctx.organizationId, connectionId, reference, way.locations, way.practitioner],
    );
    return rows[0]?.news ?? false;
  }

  /** Which ways lead to these places. */
  async leadingTo(ctx: TxContext, connectionId: Uuid, locations: readonly string[]): Promise<string[]> {
    const rows = await sql<{ reference: string }>(
      ctx,
      `select reference from scheduling.way
        where organization_id = $1 and connection_id = $2 and locations && $3::text[]`,
      [ctx.organizationId, connectionId, locations],
    );
    return rows.map(({ reference }) => reference);
  }
}
