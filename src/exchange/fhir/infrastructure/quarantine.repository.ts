import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { BadRow } from '../domain/incoming.js';
import type { RowKey } from './resources.repository.js';

@Injectable()
export class QuarantineRepository {
  async put(ctx: TxContext, connectionId: Uuid, rows: BadRow[]): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `insert into fhir.quarantine as known
         (organization_id, connection_id, type, fhir_id, version_id, reason, first_seen_at, last_seen_at)
       select $1, $2, row.type, row.fhir_id, row.version_id, row.reason, platform.now(), platform.now()
         from jsonb_to_recordset($3::jsonb) as row(type text, fhir_id text, version_id text, reason text)
        order by row.type, row.fhir_id
       on conflict (organization_id, connection_id, type, fhir_id) do update
         set version_id = excluded.version_id, reason = excluded.reason, last_seen_at = excluded.last_seen_at
       where known.reason <> excluded.reason or known.version_id is distinct from excluded.version_id`,
      [
        ctx.organizationId,
        connectionId,
        JSON.stringify(
          rows.map(({ type, fhirId, versionId, reason }) => ({
            type,
            fhir_id: fhirId,
            version_id: versionId,
            reason,
          })),
        ),
      ],
    );
  }

  /** Rows that are sound now, or that the EHR has no more. Whether a visit was among them. */
  async release(ctx: TxContext, connectionId: Uuid, keys: readonly RowKey[]): Promise<boolean> {
    const held = await this.held(ctx, connectionId, keys);
    if (held.length === 0) return false;
    const [released] = (await sql(
      ctx,
      `delete from fhir.quarantine held using unnest($3::text[], $4::text[]) as sound(type, fhir_id)
        where held.organization_id = $1 and held.connection_id = $2 and held.type = sound.type
          and held.fhir_id = sound.fhir_id
        returning held.type`,
      [ctx.organizationId, connectionId, held.map(({ type }) => type), held.map(({ fhirId }) => fhirId)],
    )) as unknown as [{ type: string }[], number];
    return released.some(({ type }) => type === 'Appointment');
  }

  /** Of many rows hardly any: looked for one by one, so that no plan compares each with each. */
  private async held(ctx: TxContext, connectionId: Uuid, keys: readonly RowKey[]): Promise<RowKey[]> {
    if (keys.length === 0) return [];
    return sql(
      ctx,
      `select asked.type, asked.fhir_id as "fhirId" from unnest($3::text[], $4::text[]) as asked(type, fhir_id)
        cross join lateral (
          select from fhir.quarantine q
           where q.organization_id = $1 and q.connection_id = $2 and q.type = asked.type and q.fhir_id = asked.fhir_id
           limit 1) held`,
      [ctx.organizationId, connectionId, keys.map(({ type }) => type), keys.map(({ fhirId }) => fhirId)],
    );
  }

  /**
   * How many visits are held, by reason. Those of nobody are not counted: rooms and meetings stand in the same calendar,
   * and are no fault of anybody.
   */
  async unusableVisits(ctx: TxContext, connectionId: Uuid): Promise<Record<string, number>> {
    const rows = await sql<{ reason: string; count: number }>(
      ctx,
      `select reason, count(*)::int as count from fhir.quarantine
        where organization_id = $1 and connection_id = $2 and type = 'Appointment'
          and reason not in ('no-patient', 'no-participant')
        group by reason`,
      [ctx.organizationId, connectionId],
    );
    return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
  }

  /** How many rows are held, by reason, per connection. */
  async counts(ctx: TxContext, connectionIds: Uuid[]): Promise<Map<Uuid, Record<string, number>>> {
    const rows = await sql<{ connection_id: Uuid; reasons: Record<string, number> }>(
      ctx,
      `select connection_id, jsonb_object_agg(reason, count) as reasons
         from (select connection_id, reason, count(*)::int as count from fhir.quarantine
                where organization_id = $1 and connection_id = any($2) group by connection_id, reason) held
        group by connection_id`,
      [ctx.organizationId, connectionIds],
    );
    return new Map(rows.map(({ connection_id, reasons }) => [connection_id, reasons]));
  }
}
