import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Purpose } from '../domain/consent.js';
import type { DenySource } from '../domain/ehr-deny.policy.js';
import { EhrCheckEntity, EhrDenyEntity } from './ehr-deny.entity.js';

/** A claimed check that came to nothing is done again after this. */
const AGAIN = `interval '10 minutes'`;

export interface Deny {
  purpose: Purpose;
  source: DenySource;
}

@Injectable()
export class EhrDenyRepository {
  of(ctx: TxContext, patientId: Uuid): Promise<Deny[]> {
    return managerOf(ctx).findBy(EhrDenyEntity, { organizationId: ctx.organizationId, patientId });
  }

  ofMany(ctx: TxContext, patientIds: readonly Uuid[]): Promise<{ patientId: Uuid; purpose: Purpose }[]> {
    return managerOf(ctx).findBy(EhrDenyEntity, {
      organizationId: ctx.organizationId,
      patientId: In([...patientIds]),
    });
  }

  async add(ctx: TxContext, patientId: Uuid, denies: readonly Deny[]): Promise<void> {
    await sql(
      ctx,
      `insert into consent.ehr_deny (organization_id, patient_id, purpose, source, since)
       select $1, $2, purpose, source, platform.now() from unnest($3::text[], $4::text[]) as d (purpose, source)
       on conflict do nothing`,
      [ctx.organizationId, patientId, ...columnsOf(denies)],
    );
  }

  async remove(ctx: TxContext, patientId: Uuid, denies: readonly Deny[]): Promise<void> {
    await sql(
      ctx,
      `delete from consent.ehr_deny where organization_id = $1 and patient_id = $2
          and (purpose, source) in (select * from unnest($3::text[], $4::text[]))`,
      [ctx.organizationId, patientId, ...columnsOf(denies)],
    );
  }

  /** The addresses on which the patient agreed to anything. */
  async addressesOf(ctx: TxContext, patientId: Uuid): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct address_id as id from consent.consent where organization_id = $1 and patient_id = $2`,
      [ctx.organizationId, patientId],
    );
    return rows.map(({ id }) => id);
  }

  async checkedAt(ctx: TxContext, patientId: Uuid): Promise<Date | null> {
    const row = await managerOf(ctx).findOneBy(EhrCheckEntity, {
      organizationId: ctx.organizationId,
      patientId,
    });
    return row?.checkedAt ?? null;
  }

  /** Asked now; again in a day while the patient agrees to anything. */
  async checked(ctx: TxContext, patientId: Uuid): Promise<void> {
    await sql(
      ctx,
      `insert into consent.ehr_check as k (organization_id, patient_id, checked_at, due_at)
       select $1, $2, platform.now(), case when exists (
         select 1 from consent.consent
          where organization_id = $1 and patient_id = $2 and status = 'active')
         then platform.now() + interval '1 day' end
       on conflict (organization_id, patient_id) do update
          set checked_at = excluded.checked_at, due_at = excluded.due_at`,
      [ctx.organizationId, patientId],
    );
  }

  /** The patients of these consents are asked about at once. */
  async due(ctx: TxContext, consentIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `insert into consent.ehr_check as k (organization_id, patient_id, due_at)
       select distinct $1::uuid, patient_id, platform.now() from consent.consent
        where organization_id = $1 and id = any($2::uuid[])
       on conflict (organization_id, patient_id) do update set due_at = excluded.due_at`,
      [ctx.organizationId, consentIds],
    );
  }

  async claim(ctx: TxContext, limit: number): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with due as (
         select patient_id from consent.ehr_check
          where organization_id = $1 and due_at <= platform.now()
          order by due_at limit $2 for update skip locked),
       claimed as (
         update consent.ehr_check k set due_at = platform.now() + ${AGAIN}
           from due where k.organization_id = $1 and k.patient_id = due.patient_id
         returning k.patient_id as id)
       select id from claimed`,
      [ctx.organizationId, limit],
    );
    return rows.map(({ id }) => id);
  }
}

function columnsOf(denies: readonly Deny[]): [Purpose[], DenySource[]] {
  return [denies.map(({ purpose }) => purpose), denies.map(({ source }) => source)];
}
