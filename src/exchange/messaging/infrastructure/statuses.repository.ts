import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { StatusFact } from '../domain/message.states.js';
import type { MessageChange } from './ledger.repository.js';
import type { MessageEntity } from './message.entity.js';

export interface EarlyStatus extends StatusFact {
  wamidIndex: Buffer;
}

/** What statuses change of a message, and what that takes. */
export type StatusRow = MessageChange & Pick<MessageEntity, 'addressId' | 'patientId'>;

/** Statuses whose message is not known are kept as long as Meta would repeat a webhook. */
const KEPT_DAYS = 7;
/**
 * How long an early status is looked at again and again: the answer to a send takes seconds. After that its message is
 * most likely another sender's at the same number, and housekeeping looks now and then.
 */
const YOUNG = `interval '10 minutes'`;

const EARLY = `m.id as "messageId", e.wamid_index as "wamidIndex", e.status, e.at, e.code`;

@Injectable()
export class StatusesRepository {
  /** Message ids by attempt id. */
  async byAttempt(ctx: TxContext, attemptIds: readonly Uuid[]): Promise<Map<Uuid, Uuid>> {
    if (attemptIds.length === 0) return new Map();
    const rows = await sql<{ attempt: Uuid; message: Uuid }>(
      ctx,
      `select id as attempt, message_id as message from messaging.attempt where organization_id = $1 and id = any($2)`,
      [ctx.organizationId, attemptIds],
    );
    return new Map(rows.map(({ attempt, message }) => [attempt, message]));
  }

  /** Message ids by blind wamid, in hex. */
  async byWamid(ctx: TxContext, indexes: readonly Buffer[]): Promise<Map<string, Uuid>> {
    if (indexes.length === 0) return new Map();
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
    if (attemptIds.length === 0) return;
    await sql(
      ctx,
      `update messaging.attempt set outcome = 'accepted', ended_at = platform.now()
        where organization_id = $1 and id = any($2) and (outcome is null or outcome = 'unknown')`,
      [ctx.organizationId, attemptIds],
    );
  }

  /** These messages as statuses see them, locked in one order for all who lock several. */
  lock(ctx: TxContext, ids: readonly Uuid[]): Promise<StatusRow[]> {
    return sql(
      ctx,
      `select id, state, reason, tries, due_at as "dueAt", failure_code as "failureCode", accepted_at as "acceptedAt",
              sent_at as "sentAt", delivered_at as "deliveredAt", read_at as "readAt", failed_at as "failedAt",
              unknown_at as "unknownAt", wamid_index as "wamidIndex", wamid_sealed as "wamidSealed",
              address_id as "addressId", patient_id as "patientId"
         from messaging.message where organization_id = $1 and id = any($2) order by id for update`,
      [ctx.organizationId, ids],
    );
  }

  /** Keeps statuses that came before their message was known, of each the first time. */
  async keepEarly(ctx: TxContext, statuses: readonly EarlyStatus[]): Promise<void> {
    if (statuses.length === 0) return;
    const kept = firstOfEach(statuses);
    await sql(
      ctx,
      `insert into messaging.early_status (organization_id, wamid_index, status, at, code, seen_at)
       select $1, r.wamid_index, r.status, r.at, r.code, platform.now()
         from unnest($2::bytea[], $3::text[], $4::timestamptz[], $5::int[]) as r(wamid_index, status, at, code)
        order by r.wamid_index, r.status
       on conflict (organization_id, wamid_index, status) do update
         set at = least(early_status.at, excluded.at),
             code = case when excluded.at < early_status.at then excluded.code
                         when excluded.at = early_status.at then least(early_status.code, excluded.code)
                         else early_status.code end`,
      [
        ctx.organizationId,
        kept.map(({ wamidIndex }) => wamidIndex),
        kept.map(({ status }) => status),
        kept.map(({ at }) => at),
        kept.map(({ code }) => code),
      ],
    );
  }

  /** Takes out the early statuses whose message is known by now. */
  async takeKnown(ctx: TxContext, which: 'young' | 'all'): Promise<(EarlyStatus & { messageId: Uuid })[]> {
    const seen = which === 'young' ? `and seen_at > platform.now() - ${YOUNG}` : '';
    const [waits] = await sql<{ any: boolean }>(
      ctx,
      `select exists (select from messaging.early_status where organization_id = $1 ${seen}) as any`,
      [ctx.organizationId],
    );
    if (!waits!.any) return [];
    return sql(
      ctx,
      `with taken as (
         delete from messaging.early_status e using messaging.message m
          where e.organization_id = $1 ${seen} and m.organization_id = $1 and m.wamid_index = e.wamid_index
          returning ${EARLY})
       select * from taken`,
      [ctx.organizationId],
    );
  }

  /** The same for these wamids alone. */
  takeOf(ctx: TxContext, indexes: readonly Buffer[]): Promise<(EarlyStatus & { messageId: Uuid })[]> {
    return sql(
      ctx,
      `with taken as (
         delete from messaging.early_status e using messaging.message m
          where e.organization_id = $1 and e.wamid_index = any($2) and m.organization_id = $1
            and m.wamid_index = e.wamid_index
          returning ${EARLY})
       select * from taken`,
      [ctx.organizationId, indexes],
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

/** One statement may not touch a row twice: of several the one that the order of arrival cannot change. */
function firstOfEach(statuses: readonly EarlyStatus[]): EarlyStatus[] {
  const first = new Map<string, EarlyStatus>();
  for (const status of statuses) {
    const name = `${status.wamidIndex.toString('hex')}/${status.status}`;
    const known = first.get(name);
    if (!known || isBefore(status, known)) first.set(name, status);
  }
  return [...first.values()];
}

function isBefore(one: StatusFact, other: StatusFact): boolean {
  if (one.at.getTime() !== other.at.getTime()) return one.at < other.at;
  return (one.code ?? Infinity) < (other.code ?? Infinity);
}
