import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Consent, ConsentMethod, ConsentStatus, GivenBy, Purpose } from '../domain/consent.js';
import { ConsentChangeEntity, ConsentEntity } from './consent.entity.js';

/** With what the EHR says against it. */
export type JudgedConsent = Consent & { ehrDenies: boolean };

export interface GrantRow {
  patientId: Uuid;
  addressIds: readonly Uuid[];
  purposes: readonly Purpose[];
  method: ConsentMethod;
  wordingVersion: string;
  recordedAt: Date;
  givenBy: GivenBy;
}

export interface ConsentFilter {
  patientId?: Uuid;
  status?: ConsentStatus;
  after: CursorKey | null;
  limit: number;
}

export const COLUMNS = `id, patient_id as "patientId", address_id as "addressId", purpose, status, method,
  wording_version as "wordingVersion", recorded_at as "recordedAt", given_by as "givenBy", version`;

@Injectable()
export class ConsentRepository {
  /** Makes or renews one consent per address and purpose; each gets a new version. */
  grant(ctx: TxContext, row: GrantRow): Promise<Consent[]> {
    const pairs = row.addressIds.flatMap((address_id) =>
      row.purposes.map((purpose) => ({ id: newId(), address_id, purpose })),
    );
    return sql<Consent>(
      ctx,
      `insert into consent.consent as c
         (organization_id, id, patient_id, address_id, purpose, status, method, wording_version, recorded_at, given_by)
       select $1, pair.id, $2, pair.address_id, pair.purpose, 'active', $3, $4, $5, $7
         from jsonb_to_recordset($6::jsonb) as pair(id uuid, address_id uuid, purpose text)
       on conflict (organization_id, address_id, patient_id, purpose) do update
          set status = 'active', method = excluded.method, wording_version = excluded.wording_version,
              recorded_at = excluded.recorded_at, given_by = excluded.given_by, version = c.version + 1
       returning ${COLUMNS}`,
      [
        ctx.organizationId,
        row.patientId,
        row.method,
        row.wordingVersion,
        row.recordedAt,
        JSON.stringify(pairs),
        row.givenBy,
      ],
    );
  }

  /** Ends what is still active: all of an address, or one consent. */
  end(
    ctx: TxContext,
    which: { addressId: Uuid; consentId: Uuid | null },
    by: { method: ConsentMethod; at: Date },
  ): Promise<Consent[]> {
    return sql<Consent>(
      ctx,
      `with ended as (
         update consent.consent
            set status = 'inactive', method = $4, recorded_at = $5, version = version + 1
          where organization_id = $1 and address_id = $2 and ($3::uuid is null or id = $3) and status = 'active'
         returning *)
       select ${COLUMNS} from ended order by id`,
      [ctx.organizationId, which.addressId, which.consentId, by.method, by.at],
    );
  }

  async addChanges(ctx: TxContext, changes: ConsentChangeEntity[]): Promise<void> {
    await managerOf(ctx).insert(ConsentChangeEntity, changes);
  }

  /** Every consent on these addresses: one query for a whole batch of decisions. */
  onAddresses(ctx: TxContext, addressIds: readonly Uuid[]): Promise<JudgedConsent[]> {
    return sql<JudgedConsent>(
      ctx,
      `select ${COLUMNS}, exists (
         select 1 from consent.ehr_deny d
          where d.organization_id = c.organization_id and d.patient_id = c.patient_id and d.purpose = c.purpose)
         as "ehrDenies"
         from consent.consent c where c.organization_id = $1 and c.address_id = any($2::uuid[])`,
      [ctx.organizationId, addressIds],
    );
  }

  /** What these patients have withdrawn, on any address. */
  withdrawnBy(
    ctx: TxContext,
    patientIds: readonly Uuid[],
  ): Promise<Pick<Consent, 'patientId' | 'purpose' | 'recordedAt'>[]> {
    return sql(
      ctx,
      `select patient_id as "patientId", purpose, recorded_at as "recordedAt" from consent.consent
        where organization_id = $1 and patient_id = any($2::uuid[]) and status = 'inactive'`,
      [ctx.organizationId, patientIds],
    );
  }

  /** Everything that these patients ever agreed to or withdrew. */
  ofPatients(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Consent[]> {
    return sql<Consent>(
      ctx,
      `select ${COLUMNS} from consent.consent where organization_id = $1 and patient_id = any($2::uuid[])
        order by id`,
      [ctx.organizationId, patientIds],
    );
  }

  get(ctx: TxContext, id: Uuid): Promise<Consent | null> {
    return managerOf(ctx).findOneBy(ConsentEntity, { organizationId: ctx.organizationId, id });
  }

  /** Newest first. */
  list(ctx: TxContext, filter: ConsentFilter): Promise<Consent[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(ConsentEntity, 'consent')
      .where('consent.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('consent.id', 'DESC')
      .limit(filter.limit);
    if (filter.patientId) query.andWhere('consent.patientId = :patient', { patient: filter.patientId });
    if (filter.status) query.andWhere('consent.status = :status', { status: filter.status });
    if (filter.after) query.andWhere('consent.id < :after', { after: filter.after[0] });
    return query.getMany();
  }

  /** Oldest first. */
  changesOf(ctx: TxContext, consentId: Uuid): Promise<ConsentChangeEntity[]> {
    return managerOf(ctx).find(ConsentChangeEntity, {
      where: { organizationId: ctx.organizationId, consentId },
      order: { version: 'ASC' },
    });
  }
}
