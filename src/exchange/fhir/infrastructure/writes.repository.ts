import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Told } from '../domain/sought.js';
import type { BusinessIdentifier } from '../domain/writes.js';
import { WriteEntity } from './write.entity.js';

export interface WriteKey {
  connectionId: Uuid;
  type: string;
  identifier: BusinessIdentifier;
}

export interface WriteLease {
  id: Uuid;
  lease: Uuid;
  /** A create went out before and nothing says what became of it. */
  doubtful: boolean;
  /** The last create is so fresh that a search may not show it yet. */
  fresh: boolean;
  postedAt: Date | null;
  now: Date;
}

/** What a write came to. */
export type Settled =
  | { state: 'sent'; fhirId: string; versionId: string | null }
  | { state: 'unknown' | 'refused' | 'pending' | 'dead'; faultCode: string };

/** Longer than all calls of one attempt together. */
const LEASE = `clock_timestamp() + interval '5 minutes'`;

/** Search indexes of busy EHRs lag behind by seconds to minutes: what they do not show yet may still be there. */
const SHOWN_WITHIN = `interval '10 minutes'`;

@Injectable()
export class WritesRepository {
  /**
   * The row of this identifier, made when there is none; it remembers how to find what was written, under whomever: a
   * patient may be merged between two tries.
   */
  async ensure(
    ctx: TxContext,
    { connectionId, type, identifier }: WriteKey,
    told: Told,
  ): Promise<WriteEntity> {
    await sql(
      ctx,
      `insert into fhir.write as w
         (organization_id, id, connection_id, type, identifier_system, identifier_value, begun_at,
          subjects, recipient, told_at)
       values ($1, $2, $3, $4, $5, $6, platform.now(), $7, $8, $9)
       on conflict (organization_id, connection_id, type, identifier_system, identifier_value) do update
          set subjects = w.subjects || array(select unnest(excluded.subjects) except select unnest(w.subjects)),
              recipient = excluded.recipient, told_at = excluded.told_at
        where w.state not in ('sent', 'withdrawn')
          and (not w.subjects @> excluded.subjects
               or (w.recipient, w.told_at) is distinct from (excluded.recipient, excluded.told_at))`,
      [
        ctx.organizationId,
        newId(),
        connectionId,
        type,
        identifier.system,
        identifier.value,
        told.subject === null ? [] : [told.subject],
        told.recipient,
        told.at,
      ],
    );
    return (await this.find(ctx, { connectionId, type, identifier }))!;
  }

  /** The row of this identifier, made when there is none, so that whoever wants to write it finds it. */
  async place(ctx: TxContext, key: WriteKey): Promise<WriteEntity> {
    const { connectionId, type, identifier } = key;
    await sql(
      ctx,
      `insert into fhir.write
         (organization_id, id, connection_id, type, identifier_system, identifier_value, begun_at)
       values ($1, $2, $3, $4, $5, $6, platform.now())
       on conflict (organization_id, connection_id, type, identifier_system, identifier_value) do nothing`,
      [ctx.organizationId, newId(), connectionId, type, identifier.system, identifier.value],
    );
    return (await this.find(ctx, key))!;
  }

  find(ctx: TxContext, { connectionId, type, identifier }: WriteKey): Promise<WriteEntity | null> {
    return managerOf(ctx).findOneBy(WriteEntity, {
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
                    coalesce(posted_at > platform.now() - ${SHOWN_WITHIN}, false) as fresh,
                    posted_at as "postedAt", platform.now() as now)
       select id, lease, doubtful, fresh, "postedAt", now from taken`,
      [ctx.organizationId, id, newId()],
    );
    return rows[0] ?? null;
  }

  /**
   * Committed before the create goes out: whoever finds it so must search before creating again. False when the lease
   * was lost meanwhile: then nothing may go out.
   */
  async sending(ctx: TxContext, { id, lease }: WriteLease): Promise<boolean> {
    const rows = await sql(
      ctx,
      `with sending as (
         update fhir.write set state = 'sending', posts = posts + 1, posted_at = platform.now()
          where organization_id = $1 and id = $2 and lease = $3 returning id)
       select id from sending`,
      [ctx.organizationId, id, lease],
    );
    return rows.length > 0;
  }

  /** Notes that this copy is not what was given. */
  async spoilt(ctx: TxContext, { id, lease }: WriteLease, fhirId: string): Promise<void> {
    await sql(
      ctx,
      `update fhir.write set spoilt_ids = spoilt_ids || $4::text
        where organization_id = $1 and id = $2 and lease = $3 and not $4 = any(spoilt_ids)`,
      [ctx.organizationId, id, lease, fhirId],
    );
  }

  async settle(ctx: TxContext, { id, lease }: WriteLease, to: Settled): Promise<void> {
    const sent = to.state === 'sent' ? to : null;
    await sql(
      ctx,
      `update fhir.write
          set state = $4, fhir_id = $5, version_id = $6, fault_code = $7, lease = null, lease_until = null,
              settled_at = case when $4 in ('sent', 'refused', 'dead') then platform.now() end
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

  /** Ends the lease of one that is entered-in-error in the EHR, or never came there. `forget`: nobody asks whose it was. */
  async withdrawn(ctx: TxContext, { id, lease }: WriteLease, { forget = false } = {}): Promise<void> {
    await sql(
      ctx,
      `update fhir.write
          set state = 'withdrawn', fault_code = null, lease = null, lease_until = null, settled_at = platform.now(),
              subjects = case when $4 then '{}' else subjects end,
              recipient = case when $4 then null else recipient end,
              told_at = case when $4 then null else told_at end
        where organization_id = $1 and id = $2 and lease = $3`,
      [ctx.organizationId, id, lease, forget],
    );
  }

  /** Gives the row back as it was. */
  async release(ctx: TxContext, { id, lease }: WriteLease): Promise<void> {
    await sql(
      ctx,
      `update fhir.write set lease = null, lease_until = null
        where organization_id = $1 and id = $2 and lease = $3`,
      [ctx.organizationId, id, lease],
    );
  }

  /**
   * Communications that were written in the last days, or spoilt by the EHR, oldest first; what is about a record kept
   * from us is let be.
   */
  lately(ctx: TxContext, connectionId: Uuid, days: number): Promise<WriteEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(WriteEntity, 'write')
      .where('write.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('write.connectionId = :connectionId', { connectionId })
      .andWhere(`write.type = 'Communication'`)
      .andWhere(
        `(write.state = 'sent' and write.settledAt > platform.now() - make_interval(days => :days)
          or write.spoiltIds <> '{}' and write.state <> 'withdrawn' and write.lease is null
             and coalesce(write.settledAt, write.begunAt) > platform.now() - make_interval(days => :days))`,
        { days },
      )
      .andWhere(
        `not exists (select from fhir.resource kept
           where kept.organization_id = "write".organization_id and kept.connection_id = "write".connection_id
             and kept.type = 'Patient' and kept.restricted_at is not null
             and 'Patient/' || kept.fhir_id = any("write".subjects))`,
      )
      .orderBy('write.begunAt')
      .getMany();
  }

  async setExtra(ctx: TxContext, id: Uuid, extra: number): Promise<void> {
    await managerOf(ctx).update(WriteEntity, { organizationId: ctx.organizationId, id }, { extra });
  }
}
