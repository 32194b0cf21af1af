import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { CareTeamsEntity } from './care-teams.entity.js';

@Injectable()
export class CareTeamsRepository {
  of(ctx: TxContext, patientIds: readonly Uuid[]): Promise<CareTeamsEntity[]> {
    return managerOf(ctx).findBy(CareTeamsEntity, {
      organizationId: ctx.organizationId,
      patientId: In([...patientIds]),
    });
  }

  /** Those of these records of whom the EHR was not asked in the last hours. */
  async stale(ctx: TxContext, patientIds: readonly Uuid[], hours: number): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select asked.id from unnest($2::uuid[]) as asked(id)
         left join patients.care_teams t on t.organization_id = $1 and t.patient_id = asked.id
        where t.asked_at is null or t.asked_at <= platform.now() - make_interval(hours => $3)`,
      [ctx.organizationId, patientIds, hours],
    );
    return rows.map(({ id }) => id);
  }

  async save(ctx: TxContext, patientId: Uuid, sealed: Buffer | null): Promise<void> {
    await sql(
      ctx,
      `insert into patients.care_teams (organization_id, patient_id, asked_at, sealed)
       values ($1, $2, platform.now(), $3)
       on conflict (organization_id, patient_id) do update
         set asked_at = excluded.asked_at, sealed = excluded.sealed`,
      [ctx.organizationId, patientId, sealed],
    );
  }

  async remove(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await managerOf(ctx).delete(CareTeamsEntity, {
      organizationId: ctx.organizationId,
      patientId: In([...patientIds]),
    });
  }
}
