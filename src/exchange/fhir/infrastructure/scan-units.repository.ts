import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Band } from '../domain/bands.js';
import type { Span } from '../domain/windows.js';
import { ScanUnitEntity } from './scan-unit.entity.js';

export interface PlannedUnit {
  place: string;
  span: Span;
}

/** The scan of a connection that is under way, or was the last one. */
@Injectable()
export class ScanUnitsRepository {
  /** In the order in which they are worked: what failed before comes last. */
  of(ctx: TxContext, connectionId: Uuid): Promise<ScanUnitEntity[]> {
    return managerOf(ctx).find(ScanUnitEntity, {
      where: { organizationId: ctx.organizationId, connectionId },
      order: { tries: 'asc', from: 'asc', to: 'asc', place: 'asc' },
    });
  }

  /** Puts a new scan in the place of the one before. */
  async plan(ctx: TxContext, connectionId: Uuid, band: Band, units: readonly PlannedUnit[]): Promise<void> {
    await this.forget(ctx, connectionId);
    await this.add(ctx, connectionId, band, units);
  }

  private async forget(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(ctx, `delete from fhir.scan_unit where organization_id = $1 and connection_id = $2`, [
      ctx.organizationId,
      connectionId,
    ]);
  }

  async done(
    ctx: TxContext,
    connectionId: Uuid,
    units: readonly { id: Uuid; beganAt: Date | null }[],
  ): Promise<void> {
    if (units.length === 0) return;
    await sql(
      ctx,
      `update fhir.scan_unit u set state = 'done', began_at = done.began_at, fault_code = null
         from unnest($3::uuid[], $4::timestamptz[]) as done(id, began_at)
        where u.organization_id = $1 and u.connection_id = $2 and u.id = done.id`,
      [
        ctx.organizationId,
        connectionId,
        units.map(({ id }) => id),
        units.map(({ beganAt }) => beganAt?.toISOString()),
      ],
    );
  }

  /** Failed once more; `giveUpAfter` tries it is left alone until the next scan. */
  async failed(
    ctx: TxContext,
    { connectionId, id }: { connectionId: Uuid; id: Uuid },
    failure: { code: string; giveUpAfter: number },
  ): Promise<void> {
    await sql(
      ctx,
      `update fhir.scan_unit
          set tries = tries + 1, fault_code = $4, state = case when tries + 1 >= $5 then 'failed' else state end
        where organization_id = $1 and connection_id = $2 and id = $3`,
      [ctx.organizationId, connectionId, id, failure.code, failure.giveUpAfter],
    );
  }

  /** Puts smaller units in the place of one. */
  async split(ctx: TxContext, unit: ScanUnitEntity, spans: readonly Span[]): Promise<ScanUnitEntity[]> {
    const { organizationId, connectionId, band, place } = unit;
    await managerOf(ctx).delete(ScanUnitEntity, { organizationId, connectionId, id: unit.id });
    const parts = spans.map((span) => ({ ...unit, ...span, id: newId(), tries: 0 }));
    await this.add(
      ctx,
      connectionId,
      band,
      parts.map(({ id, from, to }) => ({ id, place, span: { from, to } })),
    );
    return parts;
  }

  private async add(
    ctx: TxContext,
    connectionId: Uuid,
    band: Band,
    units: readonly (PlannedUnit & { id?: Uuid })[],
  ): Promise<void> {
    await sql(
      ctx,
      `insert into fhir.scan_unit
         (organization_id, connection_id, band, id, place, from_at, to_at, state, planned_at)
       select $1, $2, $3, unit.*, 'open', platform.now()
         from unnest($4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[]) as unit`,
      [
        ctx.organizationId,
        connectionId,
        band,
        units.map(({ id }) => id ?? newId()),
        units.map(({ place }) => place),
        units.map(({ span }) => span.from.toISOString()),
        units.map(({ span }) => span.to.toISOString()),
      ],
    );
  }
}
