import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { StatusFact } from '../domain/message.states.js';

export interface EarlyStatus extends StatusFact {
  wamidIndex: Buffer;
}

/** Statuses whose message is not known are kept as long as Meta would repeat a webhook. */
const KEPT_DAYS = 7;

@Injectable()
export class StatusesRepository {
  /** Message ids by attempt id. */
  async byAttempt(ctx: TxContext, attemptIds: readonly Uuid[]): Promise<Map<Uuid, Uuid>> {
    const rows = await sql<{ attempt: Uuid; message: Uuid }>(
      ctx,
      `select id as attempt, message_id as message from messaging.attempt where organization_id = $1 and id = any($2)`,
      [ctx.organizationId, attemptIds],
    );
    return new Map(rows.map(({ attempt, message }) => [attempt, message]));
  }

  /** Message ids by blind wamid, in hex. */
  async byWamid(ctx: TxContext, indexes: readonly Buffer[]): Promise<Map<string, Uuid>> {
    const rows = await sql<{ wamid: Buffer; message: Uuid }>(
      ctx,
      `select wamid_index as wamid, id as message from messaging.message
        where organization_id = $1 and wamid_index = any($2::bytea[])`,
      [ctx.organizationId, indexes],
    );
    return new Map(rows.map(({ wamid, message }) => [wamid.toString('hex'), message]));
  }

  /** Attempts that a status proved to have arrived. */
  async settleAttempts(ctx: TxContext, attemptIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.attempt set outcome = 'accepted', ended_at = platform.now()
        where organization_id = $1 and id = any($2) and (outcome is null or outcome = 'unknown')`,
      [ctx.organizationId, attemptIds],
    );
  }

  /** Keeps statuses that came before their message was known, of each the first time. */
  async keepEarly(ctx: TxContext, statuses: readonly EarlyStatus[]): Promise<void> {
    for (const { wamidIndex, status, at, code } of statuses) {
      await sql(
        ctx,
        `insert into messaging.early_status (organization_id, wamid_index, status, at, code, seen_at)
         values ($1, $2, $3, $4, $5, platform.now())
         on conflict (organization_id, wamid_index, status) do update set at = least(early_status.at, excluded.at)`,
        [ctx.organizationId, wamidIndex, status, at, code],
      );
    }
  }

  /** Takes out the early statuses whose message is known by now. */
  takeKnown(ctx: TxContext): Promise<(EarlyStatus & { messageId: Uuid })[]> {
    return sql(
      ctx,
      `with taken as (
         delete from messaging.early_status e using messaging.message m
          where e.organization_id = $1 and m.organization_id = $1 and m.wamid_index = e.wamid_index
          returning m.id, e.wamid_index, e.status, e.at, e.code)
       select id as "messageId", wamid_index as "wamidIndex", status, at, code from taken`,
      [ctx.organizationId],
    );
  }

  async forgetOld(ctx: TxContext): Promise<void> {
    await sql(
      ctx,
      `delete from messaging.early_status where organization_id = $1 and seen_at < platform.now() - interval '${KEPT_DAYS} days'`,
      [ctx.organizationId],
    );
  }
}
