import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MOST_JOINS } from '../domain/merge.policy.js';

/** Whoever speaks for one of these patients. */
const PROXIES = `select x.id from patients.proxy x
  join patients.patient p on p.organization_id = $1 and p.connection_id = x.connection_id and p.fhir_id = x.patient_fhir_id
 where x.organization_id = $1 and p.id = any($2::uuid[])`;

@Injectable()
export class ErasedRepository {
  /** From now on no door knows them, and no page of the EHR brings them back. */
  async mark(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient
          set erased_at = platform.now(), minor = false, majority_check_at = null, version = version + 1
        where organization_id = $1 and id = any($2::uuid[]) and erased_at is null`,
      [ctx.organizationId, patientIds],
    );
  }

  /** Those of these that are erased. */
  async among(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select id from patients.patient
        where organization_id = $1 and id = any($2::uuid[]) and erased_at is not null`,
      [ctx.organizationId, patientIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Those of these records that are not erased, though the one that stands for them is. */
  async mergedInto(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select m.id from patients.patient m
         join patients.patient p on p.organization_id = $1 and p.id = m.survivor_id and p.erased_at is not null
        where m.organization_id = $1 and m.id = any($2::uuid[]) and m.erased_at is null order by m.id`,
      [ctx.organizationId, patientIds],
    );
    return rows.map(({ id }) => id);
  }

  /** FHIR ids of those of these records that are erased, or that the EHR has merged into one that is. */
  async references(ctx: TxContext, connectionId: Uuid, fhirIds: readonly string[]): Promise<Set<string>> {
    const rows = await sql<{ fhirId: string }>(
      ctx,
      // Row by row through the index: a hospital that has just come is in no statistics, and was read whole (measured).
      `with recursive chain as (
         select a.merged_fhir_id as asked, a.survivor_fhir_id as fhir_id, 1 as joins from patients.alias a
          where a.organization_id = $1 and a.connection_id = $2 and a.merged_fhir_id = any($3::text[])
            and a.state <> 'ended' and a.state in ('active', 'waiting')
         union all
         select chain.asked, a.survivor_fhir_id, chain.joins + 1 from chain
           join patients.alias a on a.organization_id = $1 and a.connection_id = $2
                                and a.merged_fhir_id = chain.fhir_id
                                and a.state <> 'ended' and a.state in ('active', 'waiting')
          where chain.joins < $4),
       asked as (
         select fhir_id as asked, fhir_id from unnest($3::text[]) as fhir_id
         union all
         select asked, fhir_id from chain)
       select distinct asked.asked as "fhirId" from asked
        cross join lateral (
          select p.erased_at from patients.patient p
           where p.organization_id = $1 and p.connection_id = $2 and p.fhir_id = asked.fhir_id limit 1) known
        where known.erased_at is not null`,
      [ctx.organizationId, connectionId, fhirIds, MOST_JOINS],
    );
    return new Set(rows.map(({ fhirId }) => fhirId));
  }

  /** Their own, and those of whoever spoke for them. */
  async addressesOf(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select address_id as id from patients.link where organization_id = $1 and patient_id = any($2::uuid[])
       union
       select a.address_id from patients.proxy_address a
        where a.organization_id = $1 and a.proxy_id in (${PROXIES}) order by 1`,
      [ctx.organizationId, patientIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of these addresses where somebody can be reached who is not erased. */
  async shared(ctx: TxContext, addressIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select l.address_id as id from patients.link l
         join patients.patient p on p.organization_id = $1 and p.id = l.patient_id and p.erased_at is null
        where l.organization_id = $1 and l.address_id = any($2::uuid[]) and l.state = 'active'
       union
       select a.address_id from patients.proxy_address a
         join patients.proxy x on x.organization_id = $1 and x.id = a.proxy_id
         left join patients.patient p on p.organization_id = $1 and p.connection_id = x.connection_id
                                     and p.fhir_id = x.patient_fhir_id
        where a.organization_id = $1 and a.address_id = any($2::uuid[]) and p.erased_at is null`,
      [ctx.organizationId, addressIds],
    );
    return rows.map(({ id }) => id);
  }

  async empty(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient
          set names_sealed = '', birth_date_sealed = null, language = null, deceased = false, active = false,
              by_proxy = false, by_proxy_next = false, proxies_due_at = null, contact_fault = null, contact_review = null, version = version + 1
        where organization_id = $1 and id = any($2::uuid[])`,
      [ctx.organizationId, patientIds],
    );
  }

  /** Where they can be reached no more, and who spoke for them. */
  async unlink(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    const values = [ctx.organizationId, patientIds];
    await sql(
      ctx,
      `delete from patients.proxy_address where organization_id = $1 and proxy_id in (${PROXIES})`,
      values,
    );
    await sql(ctx, `delete from patients.proxy where organization_id = $1 and id in (${PROXIES})`, values);
    await sql(
      ctx,
      `delete from patients.link where organization_id = $1 and patient_id = any($2::uuid[])`,
      values,
    );
  }

  /** With the links that ended long ago. Whoever writes from such a number later is a new contact. */
  async removeAddresses(ctx: TxContext, addressIds: readonly Uuid[]): Promise<void> {
    await sql(ctx, `delete from patients.link where organization_id = $1 and address_id = any($2::uuid[])`, [
      ctx.organizationId,
      addressIds,
    ]);
    await sql(ctx, `delete from patients.address where organization_id = $1 and id = any($2::uuid[])`, [
      ctx.organizationId,
      addressIds,
    ]);
  }
}
