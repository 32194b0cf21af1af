import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';

@Injectable()
export class ErasedSummaries {
  /**
   * Nothing more goes to the EHR, and whatever may be there is taken back: also what staff took back before, for it still
   * says what it said. An attempt under way finds its lease ended.
   */
  async stop(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update summaries.summary
          set state = 'retracting', retract_reason = 'erasure', reason = null, attempts = 0, due_at = platform.now(),
              lease_until = null, version = version + 1
        where organization_id = $1 and patient_id = any($2::uuid[]) and connection_id is not null`,
      [ctx.organizationId, patientIds],
    );
    await sql(
      ctx,
      `update summaries.summary
          set state = 'refused', reason = 'erased', due_at = null, lease_until = null, version = version + 1
        where organization_id = $1 and patient_id = any($2::uuid[]) and connection_id is null
          and state in ('held', 'composed', 'writing', 'unknown')`,
      [ctx.organizationId, patientIds],
    );
  }

  async empty(ctx: TxContext, patientIds: readonly Uuid[]): Promise<{ summaries: number }> {
    const rows = await sql(
      ctx,
      `with emptied as (
         update summaries.summary set record_sealed = null, about = '{}', version = version + 1
          where organization_id = $1 and patient_id = any($2::uuid[]) returning id)
       select id from emptied`,
      [ctx.organizationId, patientIds],
    );
    return { summaries: rows.length };
  }
}
