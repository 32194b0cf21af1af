import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { SyncFigures } from '../domain/figures.js';
import { SyncEntity } from './sync.entity.js';

export interface Lease {
  connectionId: Uuid;
  lease: Uuid;
  mark: Date | null;
  fullDue: boolean;
}

/** Renewed between pages every few seconds, so it outlives the slowest page and not a killed process for long. */
const LEASE = `clock_timestamp() + interval '3 minutes'`;
const FREE = `(lease is null or lease_until < clock_timestamp())`;

@Injectable()
export class SyncRepository {
  get(ctx: TxContext, connectionId: Uuid): Promise<SyncEntity | null> {
    return managerOf(ctx).findOneBy(SyncEntity, { organizationId: ctx.organizationId, connectionId });
  }

  async getMany(ctx: TxContext, connectionIds: Uuid[]): Promise<Map<Uuid, SyncEntity>> {
    const where = { organizationId: ctx.organizationId, connectionId: In(connectionIds) };
    const rows = await managerOf(ctx).findBy(SyncEntity, where);
    return new Map(rows.map((row) => [row.connectionId, row]));
  }

  /** Makes or switches the connection's row; `anew` forgets what was read, because it was another EHR's. */
  async set(ctx: TxContext, connectionId: Uuid, to: { state: 'on' | 'off'; anew: boolean }): Promise<void> {
    await sql(
      ctx,
      `insert into fhir.sync (organization_id, connection_id, state, due_at, full_due_at, probe_due_at)
       values ($1, $2, $3, platform.now(), platform.now(), platform.now())
       on conflict (organization_id, connection_id) do update
         set state = excluded.state, due_at = excluded.due_at, full_due_at = excluded.full_due_at,
             probe_due_at = excluded.probe_due_at,
             mark = case when $4 then null else sync.mark end,
             lease = case when excluded.state = 'on' then sync.lease end`,
      [ctx.organizationId, connectionId, to.state, to.anew],
    );
  }

  /** Takes one connection whose sync is due; null when none is. */
  async takeDue(ctx: TxContext): Promise<Lease | null> {
    return this.take(
      ctx,
      `connection_id = (
         select connection_id from fhir.sync
          where organization_id = $1 and state = 'on' and due_at <= platform.now() and ${FREE}
          order by due_at limit 1 for update skip locked)`,
      [],
    );
  }

  /** Takes this connection; null while another sync of it runs. */
  async takeNow(ctx: TxContext, connectionId: Uuid): Promise<Lease | null> {
    return this.take(ctx, `connection_id = $3 and ${FREE}`, [connectionId]);
  }

  private async take(ctx: TxContext, which: string, parameters: unknown[]): Promise<Lease | null> {
    const rows = await sql<Lease>(
      ctx,
      `with taken as (
         update fhir.sync
            set lease = $2, lease_until = ${LEASE}, started_at = platform.now()
          where organization_id = $1 and ${which}
          returning connection_id, lease, mark, full_due_at <= platform.now() as full_due)
       select connection_id as "connectionId", lease, mark, full_due as "fullDue" from taken`,
      [ctx.organizationId, newId(), ...parameters],
    );
    return rows[0] ?? null;
  }

  /** False when the lease ran out and another took over. */
  async renew(ctx: TxContext, { connectionId, lease }: Lease): Promise<boolean> {
    const rows = await sql(
      ctx,
      `with renewed as (
         update fhir.sync set lease_until = ${LEASE}
          where organization_id = $1 and connection_id = $2 and lease = $3 returning 1)
       select * from renewed`,
      [ctx.organizationId, connectionId, lease],
    );
    return rows.length === 1;
  }

  /**
   * A sync that came to its end. `mark` moves only forward in knowledge: null keeps the one before. The next ones
   * count from the start, because that is when its horizon was drawn.
   */
  async finish(
    ctx: TxContext,
    { connectionId, lease }: Lease,
    result: { figures: SyncFigures; mark: Date | null; intervalSeconds: number; faultCode: string | null },
  ): Promise<void> {
    const { figures, mark, intervalSeconds, faultCode } = result;
    await sql(
      ctx,
      `update fhir.sync
          set lease = null, lease_until = null, finished_at = platform.now(), figures = $4, fault_code = $5, failures = 0,
              mark = coalesce($6, mark),
              complete_at = case when $7 then platform.now() else complete_at end,
              full_due_at = case when $8 and $7 then started_at + interval '1 day'
                                 when $8 then started_at + interval '10 minutes'
                                 else full_due_at end,
              due_at = started_at + make_interval(secs => $9)
        where organization_id = $1 and connection_id = $2 and lease = $3`,
      [
        ctx.organizationId,
        connectionId,
        lease,
        JSON.stringify(figures),
        faultCode,
        mark,
        figures.complete,
        figures.full,
        intervalSeconds,
      ],
    );
  }

  /** A sync that failed: later and later, up to five minutes beyond the interval. */
  async fail(ctx: TxContext, { connectionId, lease }: Lease, failure: SyncFailure): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync
          set lease = null, lease_until = null, finished_at = platform.now(), figures = $4, fault_code = $5,
              failures = failures + 1,
              due_at = platform.now() + make_interval(
                secs => greatest($6, $7 + least(300, 2 ^ least(failures, 10))))
        where organization_id = $1 and connection_id = $2 and lease = $3`,
      [
        ctx.organizationId,
        connectionId,
        lease,
        JSON.stringify(failure.figures),
        failure.code,
        failure.retryAfterSeconds ?? 0,
        failure.intervalSeconds,
      ],
    );
  }

  /** Takes one connection whose daily probe is due and sets the next; null when none is. */
  async takeProbe(ctx: TxContext): Promise<Uuid | null> {
    const rows = await sql<{ connection_id: Uuid }>(
      ctx,
      `with due as (
         update fhir.sync set probe_due_at = platform.now() + interval '1 day'
          where organization_id = $1 and connection_id = (
            select connection_id from fhir.sync
             where organization_id = $1 and state = 'on' and probe_due_at <= platform.now()
             order by probe_due_at limit 1 for update skip locked)
          returning connection_id)
       select connection_id from due`,
      [ctx.organizationId],
    );
    return rows[0]?.connection_id ?? null;
  }

  /** A probe that failed, or was answered in part, is tried again after a PostgreSQL interval. */
  async probeAgain(ctx: TxContext, connectionId: Uuid, after: string): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync set probe_due_at = platform.now() + $3::interval
        where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId, after],
    );
  }
}

export interface SyncFailure {
  code: string;
  figures: SyncFigures;
  intervalSeconds: number;
  retryAfterSeconds?: number;
}
