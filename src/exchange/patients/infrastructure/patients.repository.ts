import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Patient } from '../domain/patient.js';
import { PatientEntity } from './patient.entity.js';

export type PatientRow = Omit<PatientEntity, 'organizationId' | 'survivorId' | 'erasedAt' | 'version'>;

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
  'majorityCheckAt',
  'contactFault',
] as const satisfies readonly (keyof PatientRow)[];

const PATIENT = `p.id, p.connection_id as "connectionId", p.fhir_id as "fhirId", p.language, p.deceased, p.active, p.minor`;

export interface PatientFilter {
  connectionId?: Uuid;
  fhirId?: string;
  after: CursorKey | null;
  limit: number;
}

@Injectable()
export class PatientsRepository {
  byFhirId(ctx: TxContext, connectionId: Uuid, fhirId: string): Promise<PatientEntity | null> {
    return managerOf(ctx).findOneBy(PatientEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      fhirId,
      erasedAt: IsNull(),
    });
  }

  /** Ids by FHIR id. */
  async idsByFhirId(
    ctx: TxContext,
    connectionId: Uuid,
    fhirIds: readonly string[],
  ): Promise<Map<string, Uuid>> {
    const rows = await sql<{ id: Uuid; fhir_id: string }>(
      ctx,
      `select id, fhir_id from patients.patient
        where organization_id = $1 and connection_id = $2 and fhir_id = any($3)`,
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
      `select ${PATIENT} from patients.patient p where p.organization_id = $1 and p.id = any($2::uuid[])
          and p.erased_at is null`,
      [ctx.organizationId, ids],
    );
  }

  byAddress(ctx: TxContext, addressId: Uuid): Promise<PatientEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(PatientEntity, 'patient')
      .where('patient.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere(
        `patient.id in (select coalesce(record.survivor_id, record.id) from patients.link link
           join patients.patient record on record.organization_id = :organization and record.id = link.patient_id
           where link.organization_id = :organization and link.address_id = :addressId and link.state = 'active')`,
        { addressId },
      )
      .andWhere('patient.erasedAt is null')
      .orderBy('patient.id')
      .getMany();
  }

  byAddresses(ctx: TxContext, addressIds: readonly Uuid[]): Promise<(Patient & { addressId: Uuid })[]> {
    return sql(
      ctx,
      `select distinct link.address_id as "addressId", ${PATIENT}
         from patients.link
         join patients.patient r on r.organization_id = link.organization_id and r.id = link.patient_id
         join patients.patient p on p.organization_id = r.organization_id and p.id = coalesce(r.survivor_id, r.id)
        where link.organization_id = $1 and link.address_id = any($2::uuid[]) and link.state = 'active'
          and p.erased_at is null
        order by p.id`,
      [ctx.organizationId, addressIds],
    );
  }

  list(ctx: TxContext, filter: PatientFilter): Promise<PatientEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(PatientEntity, 'patient')
      .where('patient.organizationId = :organization and patient.erasedAt is null', {
        organization: ctx.organizationId,
      })
      .orderBy('patient.id')
      .limit(filter.limit);
    if (filter.connectionId) query.andWhere('patient.connectionId = :connectionId', filter);
    if (filter.fhirId) query.andWhere('patient.fhirId = :fhirId', filter);
    if (filter.after) query.andWhere('patient.id > :after', { after: filter.after[0] });
    return query.getMany();
  }

  /** Makes or replaces rows. Sorted, so that two writers never wait for each other. */
  async save(ctx: TxContext, rows: PatientRow[]): Promise<void> {
    const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
    await sql(
      ctx,
      `insert into patients.patient as known
         (organization_id, id, connection_id, fhir_id, names_sealed, birth_date_sealed, language, deceased, active,
          minor, majority_check_at, contact_fault)
       select $1, row.*
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::boolean[],
                     $9::boolean[], $10::boolean[], $11::timestamptz[], $12::text[]) as row
       on conflict (organization_id, id) do update
         set connection_id = excluded.connection_id, fhir_id = excluded.fhir_id,
             names_sealed = excluded.names_sealed, birth_date_sealed = excluded.birth_date_sealed,
             language = excluded.language, deceased = excluded.deceased, active = excluded.active,
             minor = excluded.minor, majority_check_at = excluded.majority_check_at,
             contact_fault = excluded.contact_fault, version = known.version + 1`,
      [ctx.organizationId, ...SAVED.map((column) => sorted.map((row) => row[column]))],
    );
  }

  async deactivate(ctx: TxContext, ids: Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient set active = false, version = version + 1
        where organization_id = $1 and id = any($2) and active`,
      [ctx.organizationId, ids],
    );
  }

  /** Minors at whom to look again. */
  dueMinors(ctx: TxContext, limit: number): Promise<{ id: Uuid; birthDateSealed: Buffer | null }[]> {
    return sql(
      ctx,
      `select id, birth_date_sealed as "birthDateSealed" from patients.patient
        where organization_id = $1 and minor and majority_check_at <= platform.now()
        order by majority_check_at limit $2 for update skip locked`,
      [ctx.organizationId, limit],
    );
  }

  /** `checkAt` null: of age. */
  async setMajority(ctx: TxContext, id: Uuid, checkAt: Date | null): Promise<void> {
    await sql(
      ctx,
      `update patients.patient set minor = $3::timestamptz is not null, majority_check_at = $3, version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, checkAt],
    );
  }
}

export function patientOf(row: PatientEntity): Patient {
  const { id, connectionId, fhirId, language, deceased, active, minor } = row;
  return { id, connectionId, fhirId, language, deceased, active, minor };
}
