import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';

@Injectable()
export class ErasedVisits {
  async lock(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select id from scheduling.appointment where organization_id = $1 and patient_id = any($2::uuid[])
        order by id for update`,
      [ctx.organizationId, patientIds],
    );
    return rows.map(({ id }) => id);
  }

  /** No reminder and no wish of these visits is worked any more. */
  async stop(ctx: TxContext, visitIds: readonly Uuid[]): Promise<void> {
    const values = [ctx.organizationId, visitIds];
    await sql(
      ctx,
      `update scheduling.step
          set state = 'withdrawn', reason = 'erased', ended_at = platform.now(), leased_until = null,
              version = version + 1
        where organization_id = $1 and appointment_id = any($2::uuid[]) and state = 'planned'`,
      values,
    );
    await sql(
      ctx,
      `update scheduling.action
          set state = 'overtaken', reason = 'erased', ended_at = platform.now(), leased_until = null,
              version = version + 1
        where organization_id = $1 and appointment_id = any($2::uuid[]) and state = 'asked'`,
      values,
    );
    await sql(
      ctx,
      `update scheduling.appointment set plan_at = null, version = version + 1
        where organization_id = $1 and id = any($2::uuid[])`,
      values,
    );
  }

  /** With all that hangs on them, what hangs first. */
  async remove(ctx: TxContext, patientIds: readonly Uuid[]): Promise<{ visits: number }> {
    const ids = await this.lock(ctx, patientIds);
    const values = [ctx.organizationId, ids];
    await sql(
      ctx,
      `delete from scheduling.button_token
        where organization_id = $1 and step_id in (
          select id from scheduling.step where organization_id = $1 and appointment_id = any($2::uuid[]))`,
      values,
    );
    await this.forgetDifferences(ctx, ids);
    for (const table of ['action', 'step']) {
      await sql(
        ctx,
        `delete from scheduling.${table} where organization_id = $1 and appointment_id = any($2::uuid[])`,
        values,
      );
    }
    await sql(
      ctx,
      `delete from scheduling.appointment where organization_id = $1 and id = any($2::uuid[])`,
      values,
    );
    return { visits: ids.length };
  }

  /** What drift reports say of these visits, also where the EHR's side alone was told. A report's counts name nobody. */
  private async forgetDifferences(ctx: TxContext, visitIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `delete from scheduling.drift_difference d
        where d.organization_id = $1 and (d.appointment_id = any($2::uuid[]) or (d.appointment_id is null and exists (
          select from scheduling.appointment a
            join scheduling.drift_report r on r.organization_id = $1 and r.connection_id = a.connection_id
           where a.organization_id = $1 and a.id = any($2::uuid[]) and r.id = d.report_id
             and d.reference = 'Appointment/' || a.fhir_id)))`,
      [ctx.organizationId, visitIds],
    );
  }
}
