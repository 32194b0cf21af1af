import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { RowKey, Rows } from './resources.repository.js';

/** A withheld record is never one that was let go of: once it is shown again, that must be seen. */
@Injectable()
export class WithheldRecordsRepository {
  /** Marks a record as behind break-the-glass, known or not, from its last refusal on; returns its id. */
  async restrict(ctx: TxContext, { connectionId, type }: Rows, fhirId: string): Promise<Uuid> {
    const [row] = await sql<{ id: Uuid }>(
      ctx,
      `insert into fhir.resource as known
         (organization_id, connection_id, type, id, fhir_id, hash, read_at, restricted_at, forbidden_at)
       values ($1, $2, $3, $4, $5, '', platform.now(), platform.now(), platform.now())
       on conflict (organization_id, connection_id, type, fhir_id) do update
         set restricted_at = excluded.restricted_at, let_go_at = null,
             forbidden_at = coalesce(known.forbidden_at, excluded.forbidden_at)
       returning id`,
      [ctx.organizationId, connectionId, type, newId(), fhirId],
    );
    return row!.id;
  }

  async forbid(ctx: TxContext, id: Uuid): Promise<void> {
    await sql(
      ctx,
      `update fhir.resource set forbidden_at = platform.now(), let_go_at = null
        where organization_id = $1 and id = $2 and forbidden_at is null`,
      [ctx.organizationId, id],
    );
  }

  /**
   * Takes the marks off those of these that bear one; returns their ids. What was behind break-the-glass keeps no
   * content that a later answer could be equal to: it is news.
   */
  async open(ctx: TxContext, connectionId: Uuid, keys: readonly RowKey[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with opened as (
         update fhir.resource r
            set forbidden_at = null, restricted_at = null,
                hash = case when r.restricted_at is null then r.hash else '' end
           from unnest($3::text[], $4::text[]) as asked(type, fhir_id)
          where r.organization_id = $1 and r.connection_id = $2 and r.forbidden_at is not null
            and r.type = asked.type and r.fhir_id = asked.fhir_id
         returning r.id)
       select id from opened`,
      [ctx.organizationId, connectionId, keys.map(({ type }) => type), keys.map(({ fhirId }) => fhirId)],
    );
    return rows.map(({ id }) => id);
  }

  /** Ids of all that are kept from us. */
  async all(ctx: TxContext, connectionId: Uuid): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select id from fhir.resource
        where organization_id = $1 and connection_id = $2 and forbidden_at is not null order by id`,
      [ctx.organizationId, connectionId],
    );
    return rows.map(({ id }) => id);
  }

  /** Behind break-the-glass for a day since they were last refused, and needed from `since` on: the longest first. */
  dueAgain(ctx: TxContext, connectionId: Uuid, of: { since: Date; limit: number }): Promise<RowKey[]> {
    return sql(
      ctx,
      `select type, fhir_id as "fhirId" from fhir.resource
        where organization_id = $1 and connection_id = $2 and forbidden_at is not null and gone_at is null
          and restricted_at <= platform.now() - interval '1 day' and coalesce(starts_at, needed_until) >= $3
        order by restricted_at limit $4`,
      [ctx.organizationId, connectionId, of.since, of.limit],
    );
  }
}
