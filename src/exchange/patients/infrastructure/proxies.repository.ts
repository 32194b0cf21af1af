import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ProxyState } from '../domain/guardian.policy.js';
import { BY_PROXY } from './reach.sql.js';
import { ProxyAddressEntity, ProxyEntity } from './proxy.entity.js';

export type ProxyRow = Omit<ProxyEntity, 'organizationId' | 'version'>;
export type ProxyAddressRow = Omit<ProxyAddressEntity, 'organizationId'>;

/** A proxy with where it can be reached, best first. */
export interface KnownProxy extends ProxyState {
  id: Uuid;
  fhirId: string;
  patientId: Uuid;
  contactFault: string | null;
  addressIds: Uuid[];
}

/** Whom to ask the EHR about. */
export interface Ward {
  id: Uuid;
  connectionId: Uuid;
  fhirId: string;
}

const PROXY = `x.id, x.fhir_id as "fhirId", p.id as "patientId", x.code, x.active, x.begins_at as "from",
  x.ends_at as "until", x.contact_fault as "contactFault",
  array(select a.address_id from patients.proxy_address a
         where a.organization_id = $1 and a.proxy_id = x.id
           and (a.begins_at is null or a.begins_at <= platform.now())
           and (a.ends_at is null or a.ends_at > platform.now())
         order by a.rank) as "addressIds"`;

@Injectable()
export class ProxiesRepository {
  /** Makes or replaces rows, with all their addresses. */
  async save(
    ctx: TxContext,
    rows: readonly ProxyRow[],
    addresses: readonly ProxyAddressRow[],
  ): Promise<void> {
    const { organizationId } = ctx;
    const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
    await managerOf(ctx).upsert(
      ProxyEntity,
      sorted.map((row) => ({ ...row, organizationId })),
      ['organizationId', 'id'],
    );
    await sql(
      ctx,
      `delete from patients.proxy_address where organization_id = $1 and proxy_id = any($2::uuid[])`,
      [organizationId, rows.map(({ id }) => id)],
    );
    if (addresses.length === 0) return;
    await managerOf(ctx).insert(
      ProxyAddressEntity,
      addresses.map((row) => ({ ...row, organizationId })),
    );
  }

  async deactivate(ctx: TxContext, ids: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.proxy set active = false, version = version + 1
        where organization_id = $1 and id = any($2::uuid[]) and active`,
      [ctx.organizationId, ids],
    );
  }

  /** Everybody whom the EHR has related to these patients. */
  async of(ctx: TxContext, patientIds: readonly Uuid[]): Promise<KnownProxy[]> {
    const rows = await sql<Omit<KnownProxy, 'hasNumber'>>(
      ctx,
      `select ${PROXY}
         from patients.patient p
         join patients.proxy x on x.organization_id = $1 and x.connection_id = p.connection_id
                              and x.patient_fhir_id = p.fhir_id
        where p.organization_id = $1 and p.id = any($2::uuid[])
        order by x.id`,
      [ctx.organizationId, patientIds],
    );
    return rows.map((row) => ({ ...row, hasNumber: row.addressIds.length > 0 }));
  }

  /** Ids of the patients whom these rows name, as far as they are known. */
  async wardsOf(ctx: TxContext, proxyIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct p.id
         from patients.proxy x
         join patients.patient p on p.organization_id = $1 and p.connection_id = x.connection_id
                                and p.fhir_id = x.patient_fhir_id
        where x.organization_id = $1 and x.id = any($2::uuid[])`,
      [ctx.organizationId, proxyIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of these patients for whom a guardian speaks. */
  async wards(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Ward[]> {
    return sql<Ward>(
      ctx,
      `select p.id, p.connection_id as "connectionId", p.fhir_id as "fhirId" from patients.patient p
        where p.organization_id = $1 and p.id = any($2::uuid[]) and ${BY_PROXY} and p.active and not p.deceased`,
      [ctx.organizationId, patientIds],
    );
  }

  /** Whose proxies are to be asked for now; they are due again after so many hours. */
  async takeDue(ctx: TxContext, limit: number, hours: number): Promise<{ id: Uuid }[]> {
    const [rows] = (await sql(
      ctx,
      `update patients.patient p set proxies_due_at = platform.now() + make_interval(hours => $3)
        where p.organization_id = $1 and p.id in (
          select id from patients.patient
           where organization_id = $1 and proxies_due_at <= platform.now()
           order by proxies_due_at limit $2 for update skip locked)
        returning p.id`,
      [ctx.organizationId, limit, hours],
    )) as unknown as [{ id: Uuid }[], number];
    return rows;
  }

  /** Asks for them with the next turn. A row that a page is storing is due by that page: nobody waits for it here. */
  async makeDue(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient set proxies_due_at = platform.now()
        where organization_id = $1 and id in (
          select p.id from patients.patient p
           where p.organization_id = $1 and p.id = any($2::uuid[]) and p.proxies_due_at > platform.now()
             and not exists (select from patients.proxy x
                              where x.organization_id = $1 and x.connection_id = p.connection_id
                                and x.patient_fhir_id = p.fhir_id)
             for update skip locked)`,
      [ctx.organizationId, patientIds],
    );
  }
}
