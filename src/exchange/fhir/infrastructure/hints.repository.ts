import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Hint } from '../domain/hint.js';
import { HintDirectoryEntity } from './hint.entity.js';

/** Reads wait for the EHR's budget: a batch outlives a slow one, and not a killed process for long. */
const LEASE_SECONDS = 120;

export interface DueHint extends Hint {
  token: Uuid;
  attempts: number;
}

@Injectable()
export class HintsRepository {
  async enlist(ctx: TxContext, connectionId: Uuid, version: number): Promise<void> {
    await managerOf(ctx).upsert(
      HintDirectoryEntity,
      { connectionId, organizationId: ctx.organizationId, version },
      ['connectionId'],
    );
  }

  find(ctx: { tx: Transaction }, connectionId: Uuid): Promise<HintDirectoryEntity | null> {
    return managerOf(ctx).findOneBy(HintDirectoryEntity, { connectionId });
  }

  /** A record that is hinted at again, whether it waits or is being read, is read once more and once. */
  async put(ctx: TxContext, connectionId: Uuid, hints: readonly Hint[]): Promise<void> {
    await sql(
      ctx,
      `insert into fhir.hint (organization_id, connection_id, type, fhir_id, token, received_at, due_at)
       select $1, $2, hint.type, hint.fhir_id, hint.token, platform.now(), platform.now()
         from unnest($3::text[], $4::text[], $5::uuid[]) as hint(type, fhir_id, token)
        order by hint.type, hint.fhir_id
       on conflict (organization_id, connection_id, type, fhir_id) do update
         set token = excluded.token, received_at = excluded.received_at, due_at = excluded.due_at, attempts = 0`,
      [
        ctx.organizationId,
        connectionId,
        hints.map(({ type }) => type),
        hints.map(({ id }) => id),
        hints.map(() => newId()),
      ],
    );
  }

  /** Due hints of one connection, the one that has waited longest; null when none is due. */
  async takeDue(ctx: TxContext, limit: number): Promise<{ connectionId: Uuid; hints: DueHint[] } | null> {
    const rows = await sql<DueHint & { connectionId: Uuid }>(
      ctx,
      `with due as (
         select organization_id, connection_id, type, fhir_id from fhir.hint
          where organization_id = $1 and due_at <= platform.now()
            and (leased_until is null or leased_until < clock_timestamp())
            and connection_id = (
              select h.connection_id from fhir.hint h
                join fhir.connection c on c.organization_id = h.organization_id and c.id = h.connection_id
               where h.organization_id = $1 and h.due_at <= platform.now() and c.state = 'active'
                 and (h.leased_until is null or h.leased_until < clock_timestamp())
               order by h.due_at limit 1)
          order by due_at limit $2 for update skip locked),
       taken as (
         update fhir.hint hint set leased_until = clock_timestamp() + make_interval(secs => $3)
           from due
          where hint.organization_id = due.organization_id and hint.connection_id = due.connection_id
            and hint.type = due.type and hint.fhir_id = due.fhir_id
          returning hint.connection_id, hint.type, hint.fhir_id, hint.token, hint.attempts)
       select connection_id as "connectionId", type, fhir_id as id, token, attempts from taken`,
      [ctx.organizationId, limit, LEASE_SECONDS],
    );
    const [first] = rows;
    return first ? { connectionId: first.connectionId, hints: rows } : null;
  }

  /** Only as long as nobody has hinted at the same record since. */
  async done(ctx: TxContext, connectionId: Uuid, hints: readonly DueHint[]): Promise<void> {
    await sql(
      ctx,
      `delete from fhir.hint where organization_id = $1 and connection_id = $2 and token = any($3::uuid[])`,
      [ctx.organizationId, connectionId, hints.map(({ token }) => token)],
    );
    await this.release(ctx, connectionId, hints);
  }

  async later(ctx: TxContext, connectionId: Uuid, hint: DueHint, seconds: number): Promise<void> {
    await sql(
      ctx,
      `update fhir.hint
          set attempts = attempts + 1, due_at = platform.now() + make_interval(secs => $4), leased_until = null
        where organization_id = $1 and connection_id = $2 and token = $3`,
      [ctx.organizationId, connectionId, hint.token, seconds],
    );
    await this.release(ctx, connectionId, [hint]);
  }

  /** A newer hint at a record that was being read waits for no lease. */
  private async release(ctx: TxContext, connectionId: Uuid, hints: readonly DueHint[]): Promise<void> {
    await sql(
      ctx,
      `update fhir.hint hint set leased_until = null
         from unnest($3::text[], $4::text[]) as read(type, fhir_id)
        where hint.organization_id = $1 and hint.connection_id = $2
          and hint.type = read.type and hint.fhir_id = read.fhir_id`,
      [ctx.organizationId, connectionId, hints.map(({ type }) => type), hints.map(({ id }) => id)],
    );
  }
}
