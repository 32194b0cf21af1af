import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Patient } from '../domain/patient.js';
import { PatientEntity } from './patient.entity.js';

export type PatientRow = Omit<PatientEntity, 'organizationId' | 'version'>;

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
    });
  }

  getMany(ctx: TxContext, ids: readonly Uuid[]): Promise<PatientEntity[]> {
    return managerOf(ctx).findBy(PatientEntity, { organizationId: ctx.organizationId, id: In([...ids]) });
  }

  byAddress(ctx: TxContext, addressId: Uuid): Promise<PatientEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(PatientEntity, 'patient')
      .where('patient.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere(
        `patient.id in (select link.patient_id from patients.link link
           where link.organization_id = :organization and link.address_id = :addressId and link.state = 'active')`,
        { addressId },
      )
      .orderBy('patient.id')
      .getMany();
  }

  list(ctx: TxContext, filter: PatientFilter): Promise<PatientEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(PatientEntity, 'patient')
      .where('patient.organizationId = :organization', { organization: ctx.organizationId })
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
    const known = await sql<{ id: Uuid; version: number }>(
      ctx,
      `select id, version from patients.patient
        where organization_id = $1 and id = any($2) order by id for update`,
      [ctx.organizationId, sorted.map(({ id }) => id)],
    );
    const versions = new Map(known.map(({ id, version }) => [id, version]));
    await managerOf(ctx).upsert(
      PatientEntity,
      sorted.map((row) => ({
        ...row,
        organizationId: ctx.organizationId,
        version: (versions.get(row.id) ?? 0) + 1,
      })),
      ['organizationId', 'id'],
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
