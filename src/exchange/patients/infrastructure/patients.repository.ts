import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Patient } from '../domain/patient.js';
import { PatientEntity } from './patient.entity.js';
import { BY_PROXY, DECEASED, IN_FORCE_LINK, IN_FORCE_PROXY } from './reach.sql.js';

export type PatientRow = Omit<
  PatientEntity,
  'organizationId' | 'survivorId' | 'erasedAt' | 'version' | 'proxiesDueAt'
>;

/** In the order of the statement that saves them. */
const SAVED = [
  'id',
  'connectionId',
  'fhirId',
  'namesSealed',
  'birthDateSealed',
  'language',
  'deceased',
  'active',
  'minor',
  'byProxy',
  'byProxyNext',
  'majorityCheckAt',
  'contactFault',
  'contactReview',
] as const satisfies readonly (keyof PatientRow)[];

const PATIENT = `p.id, p.connection_id as "connectionId", p.fhir_id as "fhirId", p.language, ${DECEASED} as deceased, p.active, p.minor,
  ${BY_PROXY} as "byProxy"`;

/** A patient as staff see it, without what is sealed. */
export type ShownPatient = Patient & Pick<PatientEntity, 'contactFault' | 'contactReview' | 'survivorId'>;

const SHOWN = `${PATIENT}, p.contact_fault as "contactFault", p.contact_review as "contactReview", p.survivor_id as "survivorId"`;

export interface PatientFilter {
  connectionId?: Uuid;
  fhirId?: string;
  after: CursorKey | null;
  limit: number;
}

@Injectable()
export class PatientsRepository {
  /** Of a merged record the one that stands for it. */
  async byFhirId(ctx: TxContext, connectionId: Uuid, fhirId: string): Promise<Patient | null> {
    const [found] = await sql<Patient>(
      ctx,
      `select ${PATIENT}
         from patients.patient r
         join patients.patient p on p.organization_id = $1 and p.id = coalesce(r.survivor_id, r.id)
        where r.organization_id = $1 and r.connection_id = $2 and r.fhir_id = $3 and p.erased_at is null`,
      [ctx.organizationId, connectionId, fhirId],
    );
    return found ?? null;
  }

  /** Ids by FHIR id. */
  async idsByFhirId(
    ctx: TxContext,
    connectionId: Uuid,
    fhirIds: readonly string[],
  ): Promise<Map<string, Uuid>> {
    const rows = await sql<{ id: Uuid; fhir_id: string }>(
      ctx,
      // Row by row through the index: a hospital that has just come is in no statistics, and was read whole (measured).
      `select known.id, known.fhir_id from unnest($3::text[]) as asked(fhir_id)
        cross join lateral (
          select p.id, p.fhir_id from patients.patient p
           where p.organization_id = $1 and p.connection_id = $2 and p.fhir_id = asked.fhir_id limit 1) known`,
      [ctx.organizationId, connectionId, fhirIds],
    );
    return new Map(rows.map(({ id, fhir_id }) => [fhir_id, id]));
  }

  getMany(ctx: TxContext, ids: readonly Uuid[]): Promise<PatientEntity[]> {
    const { organizationId } = ctx;
    return managerOf(ctx).findBy(PatientEntity, { organizationId, id: In([...ids]), erasedAt: IsNull() });
  }

  /** The same without what is sealed: one list instead of an entity each, because every send asks (measured). */
  known(ctx: TxContext, ids: readonly Uuid[]): Promise<Patient[]> {
    return sql(
      ctx,
      `select ${PATIENT} from patients.patient p
        where p.organization_id = $1 and p.id = any($2::uuid[]) and p.erased_at is null`,
      [ctx.organizationId, ids],
    );
  }

  /** Everyone on these addresses: whose record lists one, and whom a guardian speaks for there; of a merged record the survivor. */
  byAddresses(ctx: TxContext, addressIds: readonly Uuid[]): Promise<(Patient & { addressId: Uuid })[]> {
    return sql(
      ctx,
      `with reached as (
         select l.address_id, l.patient_id from patients.link l
          where l.organization_id = $1 and l.address_id = any($2::uuid[]) and ${IN_FORCE_LINK}
         union
         select a.address_id, p.id
           from patients.proxy_address a
           join patients.proxy x on x.organization_id = $1 and x.id = a.proxy_id
           join patients.patient p on p.organization_id = $1 and p.connection_id = x.connection_id
                                  and p.fhir_id = x.patient_fhir_id
          where a.organization_id = $1 and a.address_id = any($2::uuid[]) and ${BY_PROXY} and ${IN_FORCE_PROXY})
       select distinct reached.address_id as "addressId", ${PATIENT}
         from reached
         join patients.patient r on r.organization_id = $1 and r.id = reached.patient_id
         join patients.patient p on p.organization_id = $1 and p.id = coalesce(r.survivor_id, r.id)
        where p.erased_at is null
        order by p.id`,
      [ctx.organizationId, addressIds],
    );
  }

  list(ctx: TxContext, filter: PatientFilter): Promise<ShownPatient[]> {
    const { connectionId = null, fhirId = null, after, limit } = filter;
    return sql(
      ctx,
      `select ${SHOWN} from patients.patient p
        where p.organization_id = $1 and p.erased_at is null and ($2::uuid is null or p.connection_id = $2)
          and ($3::text is null or p.fhir_id = $3) and ($4::uuid is null or p.id > $4)
        order by p.id limit $5`,
      [ctx.organizationId, connectionId, fhirId, after?.[0] ?? null, limit],
    );
  }

  async shown(ctx: TxContext, id: Uuid): Promise<ShownPatient | null> {
    const [found] = await sql<ShownPatient>(
      ctx,
      `select ${SHOWN} from patients.patient p where p.organization_id = $1 and p.id = $2 and p.erased_at is null`,
      [ctx.organizationId, id],
    );
    return found ?? null;
  }

  /**
   * Makes or replaces rows, but for those who were erased meanwhile; returns the ids of the others. Sorted, so that
   * two writers never wait for each other.
   */
  async save(ctx: TxContext, rows: PatientRow[]): Promise<Set<Uuid>> {
    const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
    const saved = await sql<{ id: Uuid }>(
      ctx,
      `insert into patients.patient as known
         (organization_id, id, connection_id, fhir_id, names_sealed, birth_date_sealed, language, deceased, active,
          minor, by_proxy, by_proxy_next, majority_check_at, contact_fault, contact_review, proxies_due_at)
       select $1, row.*, case when row.by_proxy then platform.now() end
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::boolean[],
                     $9::boolean[], $10::boolean[], $11::boolean[], $12::boolean[], $13::timestamptz[], $14::text[],
                     $15::text[])
           as row(id, connection_id, fhir_id, names_sealed, birth_date_sealed, language, deceased, active, minor,
                  by_proxy, by_proxy_next, majority_check_at, contact_fault, contact_review)
       on conflict (organization_id, id) do update
         set connection_id = excluded.connection_id, fhir_id = excluded.fhir_id,
             names_sealed = excluded.names_sealed, birth_date_sealed = excluded.birth_date_sealed,
             language = excluded.language, deceased = excluded.deceased, active = excluded.active,
             minor = excluded.minor, by_proxy = excluded.by_proxy, by_proxy_next = excluded.by_proxy_next,
             majority_check_at = excluded.majority_check_at, contact_fault = excluded.contact_fault,
             contact_review = excluded.contact_review,
             proxies_due_at = case when excluded.by_proxy then coalesce(known.proxies_due_at, platform.now()) end,
             version = known.version + 1
       where known.erased_at is null
       returning id`,
      [ctx.organizationId, ...SAVED.map((column) => sorted.map((row) => row[column]))],
    );
    return new Set(saved.map(({ id }) => id));
  }

  async deactivate(ctx: TxContext, ids: Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient set active = false, version = version + 1
        where organization_id = $1 and id = any($2) and active`,
      [ctx.organizationId, ids],
    );
  }

  /** What is doubtful in the numbers of these patients, by id; those without doubt are left out. */
  async reviewsOf(ctx: TxContext, ids: readonly Uuid[]): Promise<Map<Uuid, string>> {
    const rows = await sql<{ id: Uuid; review: string }>(
      ctx,
      `select id, contact_review as review from patients.patient
        where organization_id = $1 and id = any($2::uuid[]) and contact_review is not null
          and active and not deceased`,
      [ctx.organizationId, ids],
    );
    return new Map(rows.map(({ id, review }) => [id, review]));
  }

  /** Those at whose age to look again. */
  dueAges(ctx: TxContext, limit: number): Promise<DueAge[]> {
    return sql(
      ctx,
      `select id, birth_date_sealed as "birthDateSealed", by_proxy as "byProxy" from patients.patient
        where organization_id = $1 and majority_check_at <= platform.now()
        order by majority_check_at limit $2 for update skip locked`,
      [ctx.organizationId, limit],
    );
  }

  async setAge(ctx: TxContext, id: Uuid, age: AgeColumns): Promise<void> {
    await sql(
      ctx,
      `update patients.patient
          set minor = $3, by_proxy = $4, by_proxy_next = $5, majority_check_at = $6,
              proxies_due_at = case when $4 then coalesce(proxies_due_at, platform.now()) end,
              version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, age.minor, age.byProxy, age.byProxyNext, age.majorityCheckAt],
    );
  }

  /** After the hospital has changed its ages everybody is looked at again. Until then each is who they were. */
  async lookAtAllAges(ctx: TxContext): Promise<void> {
    await sql(
      ctx,
      `update patients.patient p set majority_check_at = platform.now(), by_proxy_next = ${BY_PROXY}
        where p.organization_id = $1 and p.birth_date_sealed is not null and p.erased_at is null`,
      [ctx.organizationId],
    );
  }
}

/** Somebody at whose age to look again, and how it was. */
export type DueAge = Pick<PatientEntity, 'id' | 'birthDateSealed' | 'byProxy'>;

export type AgeColumns = Pick<PatientEntity, 'minor' | 'byProxy' | 'byProxyNext' | 'majorityCheckAt'>;
