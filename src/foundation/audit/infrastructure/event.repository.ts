import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { StoredEvent } from '../domain/event-body.js';

export interface EventFilter {
  type?: string | undefined;
  entityId?: Uuid | undefined;
  patientId?: Uuid | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Older than this event. */
  before?: { recordedAt: Date; id: Uuid } | undefined;
  limit: number;
}

/** A place in the log, by time and id. The time is PostgreSQL's own text, because a Date ends at milliseconds. */
export interface EventPlace {
  at: string;
  id: Uuid;
}

@Injectable()
export class EventRepository {
  async now(ctx: TxContext): Promise<Date> {
    // To the millisecond, as the body has it.
    const [row] = await sql<{ now: Date }>(ctx, `select date_trunc('milliseconds', platform.now()) as now`);
    return row!.now;
  }

  async insert(ctx: TxContext, events: readonly StoredEvent[]): Promise<void> {
    await sql(
      ctx,
      `insert into audit.event (organization_id, recorded_at, id, type, entity_id, patient_id, body, leaf)
       select $1, e.recorded_at, e.id, e.type, e.entity_id, e.patient_id, e.body, e.leaf
         from unnest($2::timestamptz[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::bytea[], $8::bytea[])
              as e(recorded_at, id, type, entity_id, patient_id, body, leaf)`,
      [
        ctx.organizationId,
        events.map(({ recordedAt }) => recordedAt),
        events.map(({ id }) => id),
        events.map(({ type }) => type),
        events.map(({ entityId }) => entityId),
        events.map(({ patientId }) => patientId),
        events.map(({ body }) => body),
        events.map(({ leaf }) => leaf),
      ],
    );
  }

  /** Newest first. */
  async bodies(ctx: TxContext, filter: EventFilter): Promise<Buffer[]> {
    const rows = await sql<{ body: Buffer }>(
      ctx,
      `select body from audit.event
        where organization_id = $1
          and ($2::text is null or type = $2)
          and ($3::uuid is null or entity_id = $3)
          and ($4::uuid is null or patient_id = $4)
          and ($5::timestamptz is null or recorded_at >= $5)
          and ($6::timestamptz is null or recorded_at < $6)
          and ($7::timestamptz is null or (recorded_at, id) < ($7, $8::uuid))
        order by recorded_at desc, id desc
        limit $9`,
      [
        ctx.organizationId,
        filter.type ?? null,
        filter.entityId ?? null,
        filter.patientId ?? null,
        filter.since ?? null,
        filter.until ?? null,
        filter.before?.recordedAt ?? null,
        filter.before?.id ?? null,
        filter.limit,
      ],
    );
    return rows.map(({ body }) => body);
  }

  /**
   * The next events by time, and whether the tree or the sealer's queue knows each: one of the two always does. The
   * limits make it one look-up per event: as plain joins every batch read the whole tree (measured).
   */
  listed(
    ctx: TxContext,
    after: EventPlace | null,
    limit: number,
  ): Promise<(EventPlace & { listed: boolean })[]> {
    return sql(
      ctx,
      `select event.recorded_at::text as at, event.id, coalesce(leaf.known, unsealed.known, false) as listed
         from (select recorded_at, id from audit.event
                where organization_id = $1
                  and ($2::text is null or (recorded_at, id) > ($2::timestamptz, $3::uuid))
                order by recorded_at, id limit $4) as event
         left join lateral (
           select true as known from audit.leaf
            where organization_id = $1 and recorded_at = event.recorded_at and event_id = event.id
            limit 1) as leaf on true
         left join lateral (
           select true as known from audit.unsealed
            where organization_id = $1 and recorded_at = event.recorded_at and event_id = event.id
            limit 1) as unsealed on true
        order by event.recorded_at, event.id`,
      [ctx.organizationId, after?.at ?? null, after?.id ?? null, limit],
    );
  }
}
