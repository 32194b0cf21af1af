import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Consent } from '../domain/consent.js';
import { COLUMNS } from './consent.repository.js';

@Injectable()
export class ErasedConsents {
  /** Ends what is still active, told as it was last. */
  end(ctx: TxContext, patientIds: readonly Uuid[], at: Date): Promise<Consent[]> {
    return sql<Consent>(
      ctx,
      `with ended as (
         update consent.consent set status = 'inactive', recorded_at = $3, version = version + 1
          where organization_id = $1 and patient_id = any($2::uuid[]) and status = 'active'
         returning *)
       select ${COLUMNS} from ended order by id`,
      [ctx.organizationId, patientIds, at],
    );
  }

  /** How many versions had something to show. */
  async emptyHistory(ctx: TxContext, patientIds: readonly Uuid[]): Promise<number> {
    const rows = await sql(
      ctx,
      `with emptied as (
         update consent.change h set evidence_sealed = null, other_channel_sealed = null
           from consent.consent c
          where h.organization_id = $1 and c.organization_id = $1 and c.id = h.consent_id
            and c.patient_id = any($2::uuid[])
            and (h.evidence_sealed is not null or h.other_channel_sealed is not null)
         returning h.id)
       select id from emptied`,
      [ctx.organizationId, patientIds],
    );
    return rows.length;
  }

  /** What shows a withdrawal lies under the contact's key: it is emptied where it ended nobody else's consent. */
  async emptyWithdrawals(
    ctx: TxContext,
    of: { patientIds: readonly Uuid[]; contactIds: readonly Uuid[] },
  ): Promise<number> {
    const rows = await sql(
      ctx,
      `with emptied as (
         update consent.withdrawal w set evidence_sealed = null
          where w.organization_id = $1 and w.evidence_sealed is not null
            and (w.address_id = any($3::uuid[]) or w.id in (
              select h.withdrawal_id from consent.change h
                join consent.consent c on c.organization_id = $1 and c.id = h.consent_id
               where h.organization_id = $1 and h.withdrawal_id is not null
               group by h.withdrawal_id
              having bool_and(c.patient_id = any($2::uuid[]))))
         returning w.id)
       select id from emptied`,
      [ctx.organizationId, of.patientIds, of.contactIds],
    );
    return rows.length;
  }
}
