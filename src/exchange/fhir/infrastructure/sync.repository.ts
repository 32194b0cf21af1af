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
  patientsMark: Date | null;
  /** When the last sync began, if the EHR changed under it. */
  unsteadyAt: Date | null;
  fullDue: boolean;
  restDue: boolean;
  /** When the last complete full sync began. */
  fullAt: Date | null;
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
      `insert into fhir.sync (organization_id, connection_id, state, due_at, rest_due_at, full_due_at, probe_due_at)
       values ($1, $2, $3, platform.now(), platform.now(), platform.now(), platform.now())
       on conflict (organization_id, connection_id) do update
         set state = excluded.state, due_at = excluded.due_at, rest_due_at = excluded.rest_due_at,
             full_due_at = excluded.full_due_at, probe_due_at = excluded.probe_due_at,
             places = '{}',
             mark = case when $4 then null else sync.mark end,
             patients_mark = case when $4 then null else sync.patients_mark end,
             unsteady_at = case when $4 then null else sync.unsteady_at end,
             full_at = case when $4 then null else sync.full_at end,
             lease = case when excluded.state = 'on' then sync.lease end`,
      [ctx.organizationId, connectionId, to.state, to.anew],
    );
    // A scan under way was planned by other settings.
    await sql(ctx, `delete from fhir.scan_unit where organization_id = $1 and connection_id = $2`, [
      ctx.organizationId,
      connectionId,
    ]);
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
          returning *)
       select connection_id as "connectionId", lease, mark, patients_mark as "patientsMark", full_at as "fullAt",
              unsteady_at as "unsteadyAt",
              full_due_at <= platform.now() as "fullDue", rest_due_at <= platform.now() as "restDue"
         from taken`,
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

  async savePlaces(ctx: TxContext, connectionId: Uuid, places: readonly string[]): Promise<void> {
    await sql(ctx, `update fhir.sync set places = $3 where organization_id = $1 and connection_id = $2`, [
      ctx.organizationId,
      connectionId,
      places,
    ]);
  }

  /**
   * A sync that came to its end. A mark moves only forward in knowledge: null keeps the one before. The next ones count
   * from the start, because that is when its horizon was drawn; a full one that was not complete comes again soon.
   */
  async finish(ctx: TxContext, { connectionId, lease }: Lease, result: SyncResult): Promise<void> {
    const { figures, mark, patientsMark, next, faultCode } = result;
    await sql(
      ctx,
      `update fhir.sync
          set lease = null, lease_until = null, finished_at = platform.now(), figures = $4, fault_code = $5, failures = 0,
              mark = coalesce($6, mark), patients_mark = coalesce($7, patients_mark), unsteady_at = $14,
              complete_at = case when $8 then platform.now() else complete_at end,
              full_at = case when $8 and $9 then started_at else full_at end,
              full_due_at = next.full, rest_due_at = next.rest,
              due_at = case when next.full > started_at then least(next.due, next.full) else next.due end
         from (select started_at + make_interval(secs => $10) as due,
                      case when $11 then started_at + make_interval(secs => $12) else rest_due_at end as rest,
                      case when not $9 then full_due_at
                           when $8 then $13
                           else started_at + interval '10 minutes' end as full
                 from fhir.sync where organization_id = $1 and connection_id = $2) next
        where organization_id = $1 and connection_id = $2 and lease = $3`,
      [
        ctx.organizationId,
        connectionId,
        lease,
        JSON.stringify(figures),
        faultCode,
        mark,
        patientsMark,
        figures.complete,
        figures.full,
        next.dueSeconds,
        figures.band !== 'near',
        next.restSeconds,
        next.fullAt,
        result.unsteadyAt,
      ],
    );
  }

  /** A sync that failed: later and later, up to five minutes beyond the interval, and never in step with others. */
  async fail(ctx: TxContext, { connectionId, lease }: Lease, failure: SyncFailure): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync
          set lease = null, lease_until = null, finished_at = platform.now(), figures = $4, fault_code = $5,
              failures = failures + 1,
              due_at = platform.now() + make_interval(
                secs => greatest($6, $7 + least(300, 2 ^ least(failures, 10)) * (0.5 + $8::float8 / 2)))
        where organization_id = $1 and connection_id = $2 and lease = $3`,
      [
        ctx.organizationId,
        connectionId,
        lease,
        JSON.stringify(failure.figures),
        failure.code,
        failure.retryAfterSeconds ?? 0,
        failure.intervalSeconds,
        Math.random(),
      ],
    );
  }

  /** The EHR said that something changed: the next sync is due now, and where changes got lost, a whole one. */
  async hurry(ctx: TxContext, connectionId: Uuid, { full }: { full: boolean }): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync
          set due_at = least(due_at, platform.now()),
              full_due_at = case when $3 then least(full_due_at, platform.now()) else full_due_at end
        where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId, full],
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

  /** Takes one connection whose copies were not counted since that instant; null when there is none. */
  async takeCount(ctx: TxContext, since: Date): Promise<Uuid | null> {
    const rows = await sql<{ connection_id: Uuid }>(
      ctx,
      `with due as (
         update fhir.sync set copies_counted_at = platform.now()
          where organization_id = $1 and connection_id = (
            select connection_id from fhir.sync
             where organization_id = $1 and state = 'on' and (copies_counted_at is null or copies_counted_at < $2)
             order by copies_counted_at nulls first limit 1 for update skip locked)
          returning connection_id)
       select connection_id from due`,
      [ctx.organizationId, since],
    );
    return rows[0]?.connection_id ?? null;
  }

  /** A count that failed is done again. */
  async countAgain(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync set copies_counted_at = null where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId],
    );
  }

  /** What the EHR can do may have changed: it is asked at the next turn. */
  async probeNow(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(
      ctx,
      `update fhir.sync set probe_due_at = platform.now() where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId],
    );
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

export interface SyncResult {
  figures: SyncFigures;
  mark: Date | null;
  patientsMark: Date | null;
  unsteadyAt: Date | null;
  /** Counted from the start; `fullAt` holds when this one was full and complete. */
  next: { dueSeconds: number; restSeconds: number; fullAt: Date };
  faultCode: string | null;
}

export interface SyncFailure {
  code: string;
  figures: SyncFigures;
  intervalSeconds: number;
  retryAfterSeconds?: number;
}
