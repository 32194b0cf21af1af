import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { WriteEntity } from './write.entity.js';

export interface WriteKey {
  connectionId: Uuid;
  type: string;
  identifier: { system: string; value: string };
}

export interface WriteLease {
  id: Uuid;
  lease: Uuid;
  /** A create went out before and nothing says what became of it. */
  doubtful: boolean;
  /** The last create is so fresh that a search may not show it yet. */
  fresh: boolean;
}

/** What a write came to. */
export type Settled =
  | { state: 'sent'; fhirId: string; versionId: string | null }
  | { state: 'unknown' | 'refused' | 'pending'; faultCode: string };

/** Longer than all calls of one attempt together. */
const LEASE = `clock_timestamp() + interval '5 minutes'`;

/** Search indexes of busy EHRs lag behind by seconds to minutes: what they do not show yet may still be there. */
const SHOWN_WITHIN = `interval '10 minutes'`;

@Injectable()
export class WritesRepository {
  /** The row of this identifier, made when there is none. */
  async ensure(ctx: TxContext, { connectionId, type, identifier }: WriteKey): Promise<WriteEntity> {
    await sql(
      ctx,
      `insert into fhir.write
         (organization_id, id, connection_id, type, identifier_system, identifier_value, begun_at)
       values ($1, $2, $3, $4, $5, $6, platform.now())
       on conflict (organization_id, connection_id, type, identifier_system, identifier_value) do nothing`,
      [ctx.organizationId, newId(), connectionId, type, identifier.system, identifier.value],
    );
    return managerOf(ctx).findOneByOrFail(WriteEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      type,
      identifierSystem: identifier.system,
      identifierValue: identifier.value,
    });
  }

  /** Takes the row to work on it; null while somebody else does. */
  async take(ctx: TxContext, id: Uuid): Promise<WriteLease | null> {
    const rows = await sql<WriteLease>(
      ctx,
      `with taken as (
         update fhir.write set lease = $3, lease_until = ${LEASE}
          where organization_id = $1 and id = $2 and (lease is null or lease_until < clock_timestamp())
          returning id, lease, state in ('sending', 'unknown') as doubtful,
                    coalesce(posted_at > platform.now() - ${SHOWN_WITHIN}, false) as fresh)
       select id, lease, doubtful, fresh from taken`,
      [ctx.organizationId, id, newId()],
    );
    return rows[0] ?? null;
  }

  /** Committed before the create goes out: whoever finds it so must search before creating again. */
  async sending(ctx: TxContext, { id, lease }: WriteLease): Promise<void> {
    await sql(
      ctx,
      `update fhir.write set state = 'sending', posts = posts + 1, posted_at = platform.now()
        where organization_id = $1 and id = $2 and lease = $3`,
      [ctx.organizationId, id, lease],
    );
  }

  async settle(ctx: TxContext, { id, lease }: WriteLease, to: Settled): Promise<void> {
    const sent = to.state === 'sent' ? to : null;
    await sql(
      ctx,
      `update fhir.write
          set state = $4, fhir_id = $5, version_id = $6, fault_code = $7, lease = null, lease_until = null,
              settled_at = case when $4 in ('sent', 'refused') then platform.now() end
        where organization_id = $1 and id = $2 and lease = $3`,
      [
        ctx.organizationId,
        id,
        lease,
        to.state,
        sent?.fhirId ?? null,
        sent?.versionId ?? null,
        to.state === 'sent' ? null : to.faultCode,
      ],
    );
  }
}
