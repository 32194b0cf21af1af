import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { StoredEvent } from '../domain/event-body.js';
import type { LeafRow } from '../domain/verification.js';

export interface Waiting {
  /** PostgreSQL's own text: a Date ends at milliseconds. */
  recordedAt: string;
  eventId: Uuid;
  leaf: Buffer;
}

export interface StoredCheckpoint {
  size: number;
  frontier: Buffer;
  note: string;
}

/** How far the tree reaches, as one statement sees it. */
export interface Extent {
  /** The size of the last checkpoint. */
  signed: number;
  /** One more than the last leaf's index. */
  leaves: number;
  unsealed: number;
}

@Injectable()
export class TreeRepository {
  /** Until the end of the transaction. False when another process is sealing this organization's events. */
  async lock(ctx: TxContext): Promise<boolean> {
    const [row] = await sql<{ locked: boolean }>(
      ctx,
      `select pg_try_advisory_xact_lock(hashtextextended('audit.seal/' || $1, 0)) as locked`,
      [ctx.organizationId],
    );
    return row!.locked;
  }

  /** Takes the oldest events that wait, in the order of the tree. By place in the table: the sealer alone deletes here. */
  async takeWaiting(ctx: TxContext, limit: number): Promise<Waiting[]> {
    return sql(
      ctx,
      `with taken as (
         delete from audit.unsealed
          where organization_id = $1 and ctid = any(array(
            select ctid from audit.unsealed
             where organization_id = $1 order by recorded_at, event_id limit $2))
         returning recorded_at, event_id, leaf)
       select recorded_at::text as "recordedAt", event_id as "eventId", leaf from taken order by recorded_at, event_id`,
      [ctx.organizationId, limit],
    );
  }

  /** What waits to be sealed, and since when the oldest of it has waited. */
  async backlog(ctx: TxContext): Promise<{ events: number; oldestSeconds: number }> {
    const [row] = await sql<{ events: number; oldestSeconds: number }>(
      ctx,
      `select count(*)::int as events,
              coalesce(extract(epoch from platform.now() - min(recorded_at)), 0)::int as "oldestSeconds"
         from audit.unsealed where organization_id = $1`,
      [ctx.organizationId],
    );
    return row!;
  }

  async insertLeaves(ctx: TxContext, first: number, leaves: readonly Waiting[]): Promise<void> {
    await sql(
      ctx,
      `insert into audit.leaf (organization_id, idx, recorded_at, event_id, leaf)
       select $1, $2::bigint + n - 1, recorded_at, event_id, leaf
         from unnest($3::timestamptz[], $4::uuid[], $5::bytea[]) with ordinality
           as sealed(recorded_at, event_id, leaf, n)`,
      [
        ctx.organizationId,
        first,
        leaves.map(({ recordedAt }) => recordedAt),
        leaves.map(({ eventId }) => eventId),
        leaves.map(({ leaf }) => leaf),
      ],
    );
  }

  async insertCheckpoint(ctx: TxContext, checkpoint: StoredCheckpoint): Promise<void> {
    await sql(
      ctx,
      `insert into audit.checkpoint (organization_id, size, frontier, note, sealed_at)
       values ($1, $2, $3, $4, platform.now())`,
      [ctx.organizationId, checkpoint.size, checkpoint.frontier, checkpoint.note],
    );
  }

  async lastCheckpoint(ctx: TxContext): Promise<StoredCheckpoint | null> {
    const [row] = await sql<StoredCheckpoint & { size: string }>(
      ctx,
      `select size, frontier, note from audit.checkpoint where organization_id = $1 order by size desc limit 1`,
      [ctx.organizationId],
    );
    return row ? { ...row, size: Number(row.size) } : null;
  }

  /** The checkpoints whose size lies after the one and up to the other, smallest first. */
  checkpoints(ctx: TxContext, after: number, upTo: number): Promise<{ size: number; note: string }[]> {
    return sql(
      ctx,
      `select size::float8 as size, note from audit.checkpoint
        where organization_id = $1 and size > $2 and size <= $3 order by size`,
      [ctx.organizationId, after, upTo],
    );
  }

  checkpointsAt(ctx: TxContext, sizes: readonly number[]): Promise<{ size: number; note: string }[]> {
    return sql(
      ctx,
      `select size::float8 as size, note from audit.checkpoint
        where organization_id = $1 and size = any($2::bigint[])`,
      [ctx.organizationId, sizes],
    );
  }

  async extent(ctx: TxContext): Promise<Extent> {
    const [row] = await sql<Extent>(
      ctx,
      `select coalesce((select max(size) from audit.checkpoint where organization_id = $1), 0)::float8 as signed,
              coalesce((select max(idx) + 1 from audit.leaf where organization_id = $1), 0)::float8 as leaves,
              (select count(*) from audit.unsealed where organization_id = $1)::float8 as unsealed`,
      [ctx.organizationId],
    );
    return row!;
  }

  /**
   * The next leaves from this index, each with its event. The limit makes it one look-up per leaf: as a plain join
   * every batch read the whole log (measured).
   */
  async leaves(ctx: TxContext, range: { from: number; before: number; limit: number }): Promise<LeafRow[]> {
    const rows = await sql<LeafColumns>(
      ctx,
      `select leaf.idx::float8 as index, leaf.leaf, leaf.recorded_at as "recordedAt", leaf.event_id as "eventId",
              event.type, event.entity_id as "entityId", event.patient_id as "patientId",
              event.body, event.leaf as "eventLeaf"
         from (select * from audit.leaf
                where organization_id = $1 and idx >= $2 and idx < $3 order by idx limit $4) as leaf
         left join lateral (
           select * from audit.event
            where event.organization_id = $1 and event.recorded_at = leaf.recorded_at and event.id = leaf.event_id
            limit 1) as event on true
        order by leaf.idx`,
      [ctx.organizationId, range.from, range.before, range.limit],
    );
    return rows.map((row) => ({ ...row, event: eventOf(ctx.organizationId, row) }));
  }
}

interface LeafColumns {
  index: number;
  leaf: Buffer;
  recordedAt: Date;
  eventId: Uuid;
  type: string;
  entityId: Uuid | null;
  patientId: Uuid | null;
  body: Buffer | null;
  eventLeaf: Buffer | null;
}

function eventOf(organizationId: Uuid, row: LeafColumns): StoredEvent | null {
  if (!row.body || !row.eventLeaf) return null;
  return {
    organizationId,
    recordedAt: row.recordedAt,
    id: row.eventId,
    type: row.type,
    entityId: row.entityId,
    patientId: row.patientId,
    body: row.body,
    leaf: row.eventLeaf,
  };
}
