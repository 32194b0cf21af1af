import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { DriftDay } from '../domain/drift-days.js';
import { DriftDifferenceEntity, DriftReportEntity, type DriftState } from './drift.entity.js';

/** A night's report is worked within this time, also by an EHR that is slow; what a dead process left is taken up again. */
const LEASE_MINUTES = 60;
/** An EHR that was away is asked again so late. */
const AGAIN_MINUTES = 60;
/** A statement takes 65,535 values at most. */
const ROWS_AT_ONCE = 1_000;

export interface DriftEnd {
  state: Exclude<DriftState, 'running'>;
  faultCode: string | null;
  days: DriftDay[];
  ehr: number;
  here: number;
  settling: number;
  differences: DifferenceRow[];
}

export type DifferenceRow = Omit<DriftDifferenceEntity, 'organizationId' | 'reportId' | 'position'>;

@Injectable()
export class DriftRepository {
  /** Begins a report that a person asked for. */
  async begin(
    ctx: TxContext,
    report: Pick<DriftReportEntity, 'connectionId' | 'startsFrom' | 'startsUntil' | 'begunAt'>,
  ): Promise<Uuid> {
    const id = newId();
    await managerOf(ctx).insert(DriftReportEntity, {
      ...report,
      organizationId: ctx.organizationId,
      id,
      night: null,
      state: 'running',
    });
    return id;
  }

  /** Begins the report of a night, or takes up one whose process died or whose EHR was away; null when it is made or being made. */
  async beginNight(
    ctx: TxContext,
    report: Pick<DriftReportEntity, 'connectionId' | 'night' | 'startsFrom' | 'startsUntil' | 'begunAt'>,
  ): Promise<Uuid | null> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `insert into scheduling.drift_report as known
         (organization_id, id, connection_id, night, starts_from, starts_until, state, begun_at, leased_until)
       values ($1, $2, $3, $4, $5, $6, 'running', $7, clock_timestamp() + make_interval(mins => $8))
       on conflict (organization_id, connection_id, night) where night is not null do update
         set leased_until = excluded.leased_until, state = 'running', fault_code = null, ended_at = null,
             starts_from = excluded.starts_from, starts_until = excluded.starts_until
         where (known.state = 'running' and known.leased_until < clock_timestamp())
            or (known.state = 'failed' and known.ended_at < platform.now() - make_interval(mins => $9))
       returning id`,
      [
        ctx.organizationId,
        newId(),
        report.connectionId,
        report.night,
        report.startsFrom,
        report.startsUntil,
        report.begunAt,
        LEASE_MINUTES,
        AGAIN_MINUTES,
      ],
    );
    return rows[0]?.id ?? null;
  }

  /** False when another process has ended it. */
  async end(ctx: TxContext, id: Uuid, { differences, ...end }: DriftEnd, now: Date): Promise<boolean> {
    const { affected } = await managerOf(ctx).update(
      DriftReportEntity,
      { organizationId: ctx.organizationId, id, state: 'running' },
      { ...end, differences: differences.length, endedAt: now, leasedUntil: null } as object,
    );
    if (affected !== 1) return false;
    const rows = differences.map((row, position) => ({
      ...row,
      organizationId: ctx.organizationId,
      reportId: id,
      position,
    }));
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
      await managerOf(ctx).insert(DriftDifferenceEntity, rows.slice(at, at + ROWS_AT_ONCE));
    return true;
  }

  get(ctx: TxContext, id: Uuid): Promise<DriftReportEntity | null> {
    return managerOf(ctx).findOneBy(DriftReportEntity, { organizationId: ctx.organizationId, id });
  }

  /** The newest first. */
  list(
    ctx: TxContext,
    filter: { connectionId?: Uuid; after: CursorKey | null; limit: number },
  ): Promise<DriftReportEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(DriftReportEntity, 'report')
      .where('report.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('report.id', 'DESC')
      .limit(filter.limit);
    if (filter.connectionId) query.andWhere('report.connectionId = :connectionId', filter);
    if (filter.after) query.andWhere('report.id < :after', { after: filter.after[0] });
    return query.getMany();
  }

  differences(
    ctx: TxContext,
    reportId: Uuid,
    page: { after: CursorKey | null; limit: number },
  ): Promise<DriftDifferenceEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(DriftDifferenceEntity, 'difference')
      .where('difference.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('difference.reportId = :reportId and difference.position > :after', {
        reportId,
        after: page.after?.[0] ?? -1,
      })
      .orderBy('difference.position')
      .limit(page.limit)
      .getMany();
  }

  /** Those begun before, also what a dead process left. */
  async forget(ctx: TxContext, before: Date): Promise<void> {
    await sql(ctx, `delete from scheduling.drift_report where organization_id = $1 and begun_at < $2`, [
      ctx.organizationId,
      before,
    ]);
  }
}
