import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { KeptEntity } from './kept.entity.js';
import type { WriteKey } from './writes.repository.js';

/** A write is a few calls; one that failed is tried again after this. */
const AGAIN = `interval '5 minutes'`;

export type NewKept = Pick<
  KeptEntity,
  'id' | 'connectionId' | 'patientId' | 'type' | 'identifierSystem' | 'identifierValue' | 'sealed'
>;

@Injectable()
export class KeptRepository {
  /** False when there is one with this identifier. */
  async add(ctx: TxContext, row: NewKept): Promise<boolean> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `insert into fhir.kept
         (organization_id, id, connection_id, patient_id, type, identifier_system, identifier_value, sealed, kept_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, platform.now())
       on conflict (organization_id, connection_id, type, identifier_system, identifier_value) do nothing
       returning id`,
      [
        ctx.organizationId,
        row.id,
        row.connectionId,
        row.patientId,
        row.type,
        row.identifierSystem,
        row.identifierValue,
        row.sealed,
      ],
    );
    return rows.length > 0;
  }

  find(ctx: TxContext, { connectionId, type, identifier }: WriteKey): Promise<KeptEntity | null> {
    return managerOf(ctx).findOneBy(KeptEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      type: type as KeptEntity['type'],
      identifierSystem: identifier.system,
      identifierValue: identifier.value,
    });
  }

  /** Of these records, newest first; `after` is the last id of the page before. */
  list(
    ctx: TxContext,
    patientIds: readonly Uuid[],
    page: { after: string | null; limit: number },
  ): Promise<KeptEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(KeptEntity, 'kept')
      .where('kept.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('kept.patientId in (:...patientIds)', { patientIds })
      .andWhere(`kept.state <> 'stopped'`)
      .orderBy('kept.id', 'DESC')
      .limit(page.limit);
    if (page.after !== null) query.andWhere('kept.id < :after', { after: page.after });
    return query.getMany();
  }

  get(ctx: TxContext, id: Uuid, patientIds: readonly Uuid[]): Promise<KeptEntity | null> {
    return managerOf(ctx).findOneBy(KeptEntity, {
      organizationId: ctx.organizationId,
      id,
      patientId: In([...patientIds]),
      state: In(['kept', 'written', 'refused']),
    });
  }

  /** The EHR offers these types: what waited for that is due now. */
  async offered(ctx: TxContext, connectionId: Uuid, types: readonly string[]): Promise<void> {
    await sql(
      ctx,
      `update fhir.kept set due_at = platform.now()
        where organization_id = $1 and connection_id = $2 and type = any($3::text[])
          and state = 'kept' and due_at is null`,
      [ctx.organizationId, connectionId, types],
    );
  }

  /** One that is due, pushed back so far that nobody else writes it meanwhile; null when none is. */
  async takeDue(ctx: TxContext): Promise<KeptEntity | null> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with taken as (
         update fhir.kept set due_at = platform.now() + ${AGAIN}
          where organization_id = $1 and state = 'kept' and id = (
            select k.id from fhir.kept k
              join fhir.connection c on c.organization_id = $1 and c.id = k.connection_id and c.state = 'active'
             where k.organization_id = $1 and k.state = 'kept' and k.due_at <= platform.now()
             order by k.due_at limit 1 for update of k skip locked)
          returning id)
       select id from taken`,
      [ctx.organizationId],
    );
    const [taken] = rows;
    return taken
      ? managerOf(ctx).findOneBy(KeptEntity, { organizationId: ctx.organizationId, id: taken.id })
      : null;
  }

  /** False when it was written before, or its patient is being erased. */
  async written(ctx: TxContext, id: Uuid, fhirId: string): Promise<boolean> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with done as (
         update fhir.kept
            set state = 'written', fhir_id = $3, sealed = null, due_at = null, fault_code = null,
                written_at = platform.now()
          where organization_id = $1 and id = $2 and state in ('kept', 'refused')
          returning id)
       select id from done`,
      [ctx.organizationId, id, fhirId],
    );
    return rows.length > 0;
  }

  async refused(ctx: TxContext, id: Uuid, faultCode: string): Promise<void> {
    await sql(
      ctx,
      `update fhir.kept set state = 'refused', due_at = null, fault_code = $3
        where organization_id = $1 and id = $2 and state = 'kept'`,
      [ctx.organizationId, id, faultCode],
    );
  }

  /** It waits until the EHR is next found to offer the type; `faultCode` says what else it waits for. */
  async wait(ctx: TxContext, id: Uuid, faultCode: string | null): Promise<void> {
    await sql(
      ctx,
      `update fhir.kept set due_at = null, fault_code = $3
        where organization_id = $1 and id = $2 and state = 'kept'`,
      [ctx.organizationId, id, faultCode],
    );
  }

  /** Nothing of these patients is written any more, or shown. */
  async stop(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update fhir.kept set state = 'stopped', due_at = null, fault_code = null
        where organization_id = $1 and patient_id = any($2::uuid[]) and state in ('kept', 'refused')`,
      [ctx.organizationId, patientIds],
    );
  }

  /** Ids of those that were there. */
  async remove(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with gone as (
         delete from fhir.kept where organization_id = $1 and patient_id = any($2::uuid[]) returning id)
       select id from gone`,
      [ctx.organizationId, patientIds],
    );
    return rows.map(({ id }) => id);
  }
}
