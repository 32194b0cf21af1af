import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { AliasState, Replacement } from '../domain/merge.policy.js';
import type { MergedPerson } from '../domain/patient.js';

/** A replacement that the EHR stands by. */
export interface LiveAlias extends Replacement {
  id: Uuid;
  state: AliasState;
}

/** A record as far as merging goes. */
export interface MergeRow {
  id: Uuid;
  fhirId: string;
  survivorId: Uuid | null;
}

const LIVE = `id, merged_fhir_id as merged, survivor_fhir_id as survivor, state`;

@Injectable()
export class AliasesRepository {
  /** One at a time for each connection: two who change one chain must not each see half of it. Held to the commit. */
  async lock(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(ctx, `select pg_advisory_xact_lock(hashtextextended('patients.alias/' || $1, 0))`, [
      connectionId,
    ]);
  }

  /** Those in which one of these records is replaced or replaces. */
  touching(ctx: TxContext, connectionId: Uuid, fhirIds: readonly string[]): Promise<LiveAlias[]> {
    return sql(
      ctx,
      `select ${LIVE} from patients.alias
        where organization_id = $1 and connection_id = $2 and merged_fhir_id = any($3) and state <> 'ended'
       union
       select ${LIVE} from patients.alias
        where organization_id = $1 and connection_id = $2 and survivor_fhir_id = any($3) and state <> 'ended'`,
      [ctx.organizationId, connectionId, fhirIds],
    );
  }

  byIds(ctx: TxContext, ids: readonly Uuid[]): Promise<(LiveAlias & { connectionId: Uuid })[]> {
    return sql(
      ctx,
      `select ${LIVE}, connection_id as "connectionId" from patients.alias
        where organization_id = $1 and id = any($2) and state <> 'ended'`,
      [ctx.organizationId, ids],
    );
  }

  rows(ctx: TxContext, connectionId: Uuid, fhirIds: readonly string[]): Promise<MergeRow[]> {
    return sql(
      ctx,
      `select id, fhir_id as "fhirId", survivor_id as "survivorId" from patients.patient
        where organization_id = $1 and connection_id = $2 and fhir_id = any($3) order by id`,
      [ctx.organizationId, connectionId, fhirIds],
    );
  }

  async add(ctx: TxContext, connectionId: Uuid, replacements: readonly Replacement[]): Promise<void> {
    await sql(
      ctx,
      `insert into patients.alias (organization_id, id, connection_id, merged_fhir_id, survivor_fhir_id, state, since)
       select $1, row.id, $2, row.merged, row.survivor, 'waiting', platform.now()
         from unnest($3::uuid[], $4::text[], $5::text[]) as row(id, merged, survivor)`,
      [
        ctx.organizationId,
        connectionId,
        replacements.map(() => newId()),
        replacements.map(({ merged }) => merged),
        replacements.map(({ survivor }) => survivor),
      ],
    );
  }

  /** The row stays, and tells that it was so. */
  async end(ctx: TxContext, ids: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update patients.alias set state = 'ended', ended_at = platform.now(), version = version + 1
        where organization_id = $1 and id = any($2)`,
      [ctx.organizationId, ids],
    );
  }

  async stand(ctx: TxContext, standings: readonly { id: Uuid; state: AliasState }[]): Promise<void> {
    await sql(
      ctx,
      `update patients.alias set state = standing.state, version = version + 1
         from unnest($2::uuid[], $3::text[]) as standing(id, state)
        where organization_id = $1 and alias.id = standing.id`,
      [ctx.organizationId, standings.map(({ id }) => id), standings.map(({ state }) => state)],
    );
  }

  /** Who stands for these records from now on; null: each for itself. */
  async setSurvivors(ctx: TxContext, rows: readonly Omit<MergeRow, 'fhirId'>[]): Promise<void> {
    await sql(
      ctx,
      `update patients.patient set survivor_id = row.survivor_id, version = version + 1
         from unnest($2::uuid[], $3::uuid[]) as row(id, survivor_id)
        where organization_id = $1 and patient.id = row.id`,
      [ctx.organizationId, rows.map(({ id }) => id), rows.map(({ survivorId }) => survivorId)],
    );
  }

  /** A person said that this record's numbers are the survivor's too. Returns the survivor, if there is one. */
  async confirm(ctx: TxContext, mergedId: Uuid): Promise<Uuid | null> {
    const [row] = await sql<{ survivorId: Uuid }>(
      ctx,
      `with confirmed as (
         update patients.alias a set confirmed_at = platform.now(), version = a.version + 1
           from patients.patient p
          where a.organization_id = $1 and p.organization_id = $1 and p.id = $2
            and a.connection_id = p.connection_id and a.merged_fhir_id = p.fhir_id
            and a.state = 'active' and a.confirmed_at is null
         returning p.survivor_id)
       select survivor_id as "survivorId" from confirmed`,
      [ctx.organizationId, mergedId],
    );
    return row?.survivorId ?? null;
  }

  /** Those of these records whose person has more than one, by the record asked for. */
  async persons(ctx: TxContext, ids: readonly Uuid[]): Promise<Map<Uuid, MergedPerson>> {
    const rows = await sql<{ askedId: Uuid; survivorId: Uuid; id: Uuid; since: Date }>(
      ctx,
      `select asked.id as "askedId", m.survivor_id as "survivorId", m.id, a.since
         from patients.patient asked
         join patients.patient m on m.organization_id = $1 and m.survivor_id = coalesce(asked.survivor_id, asked.id)
         join patients.alias a on a.organization_id = $1 and a.connection_id = m.connection_id
                              and a.merged_fhir_id = m.fhir_id and a.state <> 'ended'
        where asked.organization_id = $1 and asked.id = any($2::uuid[])
        order by m.id`,
      [ctx.organizationId, ids],
    );
    const persons = new Map<Uuid, MergedPerson>();
    for (const { askedId, survivorId, id, since } of rows) {
      const person = persons.get(askedId) ?? { survivorId, merged: [] };
      persons.set(askedId, { survivorId, merged: [...person.merged, { id, since }] });
    }
    return persons;
  }

  /** Which of these merged records can be reached at an address where their survivor cannot. */
  async withOtherNumbers(ctx: TxContext, mergedIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct m.id
         from patients.patient m
         join patients.link l on l.organization_id = $1 and l.patient_id = m.id and l.state = 'active'
        where m.organization_id = $1 and m.id = any($2::uuid[])
          and not exists (select from patients.link own
                           where own.organization_id = $1 and own.patient_id = m.survivor_id
                             and own.address_id = l.address_id and own.state = 'active')`,
      [ctx.organizationId, mergedIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
