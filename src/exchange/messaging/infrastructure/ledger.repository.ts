import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { MessageState, Progress } from '../domain/message.states.js';
import type { Origin } from '../domain/content.js';
import type { Fate, Outline, Stretch } from '../domain/records.js';
import { MessageEntity } from './message.entity.js';

export type NewMessage = Pick<
  MessageEntity,
  | 'id'
  | 'accountId'
  | 'origin'
  | 'originKey'
  | 'kind'
  | 'addressId'
  | 'patientId'
  | 'purpose'
  | 'visitId'
  | 'contentKind'
  | 'templateName'
  | 'templateLanguage'
  | 'contentSealed'
  | 'usefulUntil'
>;

/** What changes as a message goes its way. */
export interface MessageChange extends Progress {
  id: Uuid;
  state: MessageState;
  reason: string | null;
  tries: number;
  dueAt: Date;
  unknownAt: Date | null;
  wamidIndex: Buffer | null;
  wamidSealed: Buffer | null;
}

/** Meta took it. */
export interface Acceptance {
  id: Uuid;
  attemptId: Uuid;
  acceptedAt: Date;
  wamidIndex: Buffer;
  wamidSealed: Buffer;
}

const CHANGE_COLUMNS = `id uuid, state text, reason text, failure_code int, tries int, due_at timestamptz,
  accepted_at timestamptz, sent_at timestamptz, delivered_at timestamptz, read_at timestamptz, failed_at timestamptz,
  unknown_at timestamptz, wamid_index text, wamid_sealed text`;

/** Meta leaves statuses out, and our own note of the acceptance may be lost. */
const OUTLINE = `m.id, m.address_id as "addressId", m.account_id as "accountId", m.patient_id as "patientId", m.origin,
  m.origin_key as "originKey", coalesce(m.accepted_at, m.sent_at, m.delivered_at, m.read_at) as "acceptedAt"`;

@Injectable()
export class LedgerRepository {
  /** False when this origin and key have their message already. */
  async add(ctx: TxContext, message: NewMessage): Promise<boolean> {
    const rows = await sql(
      ctx,
      `insert into messaging.message (organization_id, id, account_id, origin, origin_key, kind, address_id, patient_id,
         purpose, visit_id, content_kind, template_name, template_language, content_sealed, useful_until, due_at,
         created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, platform.now(), platform.now())
       on conflict (organization_id, origin, origin_key) do nothing returning id`,
      [
        ctx.organizationId,
        message.id,
        message.accountId,
        message.origin,
        message.originKey,
        message.kind,
        message.addressId,
        message.patientId,
        message.purpose,
        message.visitId,
        message.contentKind,
        message.templateName,
        message.templateLanguage,
        message.contentSealed,
        message.usefulUntil,
      ],
    );
    return rows.length === 1;
  }

  byOrigin(ctx: TxContext, origin: Origin, originKey: string): Promise<MessageEntity | null> {
    return managerOf(ctx).findOneBy(MessageEntity, { organizationId: ctx.organizationId, origin, originKey });
  }

  find(ctx: TxContext, ids: readonly Uuid[]): Promise<MessageEntity[]> {
    return this.query(ctx).andWhere('m.id = any(:ids)', { ids }).getMany();
  }

  fates(ctx: TxContext, ids: readonly Uuid[]): Promise<Fate[]> {
    return sql(
      ctx,
      `select id as "messageId", origin, origin_key as "originKey", state,
              coalesce(reason, 'meta-' || failure_code) as reason
         from messaging.message where organization_id = $1 and id = any($2::uuid[]) order by id`,
      [ctx.organizationId, ids],
    );
  }

  outlines(ctx: TxContext, ids: readonly Uuid[]): Promise<Outline[]> {
    return sql(
      ctx,
      `select ${OUTLINE} from messaging.message m where m.organization_id = $1 and m.id = any($2::uuid[])`,
      [ctx.organizationId, ids],
    );
  }

  outlinesIn(ctx: TxContext, stretches: readonly Stretch[]): Promise<Outline[]> {
    return sql(
      ctx,
      `select ${OUTLINE}
         from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
              as s(address_id, account_id, since, until)
         join messaging.message m on m.organization_id = $1 and m.address_id = s.address_id
              and m.account_id = s.account_id
              and coalesce(m.accepted_at, m.created_at) >= s.since and coalesce(m.accepted_at, m.created_at) < s.until
        order by m.created_at, m.id`,
      [
        ctx.organizationId,
        stretches.map(({ addressId }) => addressId),
        stretches.map(({ accountId }) => accountId),
        stretches.map(({ from }) => from),
        stretches.map(({ to }) => to),
      ],
    );
  }

  /** The same, locked in one order for all who lock several. */
  lock(ctx: TxContext, ids: readonly Uuid[]): Promise<MessageEntity[]> {
    return this.query(ctx, 'm.id')
      .andWhere('m.id = any(:ids)', { ids })
      .setLock('pessimistic_write')
      .getMany();
  }

  between(ctx: TxContext, addressId: Uuid, span: { from: Date; to: Date }): Promise<MessageEntity[]> {
    return this.query(ctx)
      .andWhere('m.addressId = :addressId', { addressId })
      .andWhere(
        'coalesce(m.acceptedAt, m.createdAt) >= :from and coalesce(m.acceptedAt, m.createdAt) < :to',
        span,
      )
      .getMany();
  }

  async reseal(ctx: TxContext, rows: readonly { id: Uuid; contentSealed: Buffer }[]): Promise<void> {
    await sql(
      ctx,
      `update messaging.message set content_sealed = r.content_sealed, version = version + 1
         from unnest($2::uuid[], $3::bytea[]) as r(id, content_sealed)
        where organization_id = $1 and message.id = r.id`,
      [ctx.organizationId, rows.map(({ id }) => id), rows.map(({ contentSealed }) => contentSealed)],
    );
  }

  /** Takes back what has not begun. Locked in one order, so that whoever hands such messages back never waits in a ring. */
  async withdraw(ctx: TxContext, visits: readonly { visitId: Uuid; reason: string }[]): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with mine as (
         select m.id, fallen.reason
           from messaging.message m
           join unnest($2::uuid[], $3::text[]) as fallen(visit_id, reason) on fallen.visit_id = m.visit_id
          where m.organization_id = $1 and m.state in ('ready', 'claimed') order by m.id for update of m),
       taken as (
         update messaging.message m
            set state = 'refused', reason = mine.reason, lease_token = null, lease_until = null, version = version + 1
           from mine where m.organization_id = $1 and m.id = mine.id
          returning m.id)
       select id from taken order by id`,
      [ctx.organizationId, visits.map(({ visitId }) => visitId), visits.map(({ reason }) => reason)],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Accepted, message and attempt, for those that are still being sent: the common end of a send. Returns their ids;
   * the others a status or the end of their lease has overtaken.
   */
  async accept(ctx: TxContext, rows: readonly Acceptance[]): Promise<Set<Uuid>> {
    if (rows.length === 0) return new Set();
    const accepted = await sql<{ id: Uuid }>(
      ctx,
      `with mine as (
         select id from messaging.message
          where organization_id = $1 and id = any($2::uuid[]) and state = 'sending' order by id for update),
       accepted as (
         update messaging.message m
            set state = 'accepted', reason = null, accepted_at = r.accepted_at, wamid_index = r.wamid_index,
                wamid_sealed = r.wamid_sealed, lease_token = null, lease_until = null, version = version + 1
           from mine
           join unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::bytea[], $6::bytea[])
                as r(id, attempt_id, accepted_at, wamid_index, wamid_sealed) on r.id = mine.id
          where m.organization_id = $1 and m.id = mine.id returning m.id, r.attempt_id, r.accepted_at),
       ended as (
         update messaging.attempt a
            set ended_at = accepted.accepted_at, outcome = 'accepted', code = null, subcode = null, http_status = null
           from accepted where a.organization_id = $1 and a.id = accepted.attempt_id)
       select id from accepted`,
      [
        ctx.organizationId,
        rows.map(({ id }) => id),
        rows.map(({ attemptId }) => attemptId),
        rows.map(({ acceptedAt }) => acceptedAt),
        rows.map(({ wamidIndex }) => wamidIndex),
        rows.map(({ wamidSealed }) => wamidSealed),
      ],
    );
    return new Set(accepted.map(({ id }) => id));
  }

  /** Keeps what became of these messages; whatever it was, nobody holds them any more. */
  async save(ctx: TxContext, changes: readonly MessageChange[]): Promise<void> {
    if (changes.length === 0) return;
    await sql(
      ctx,
      `update messaging.message
          set state = c.state, reason = c.reason, failure_code = c.failure_code, tries = c.tries, due_at = c.due_at,
              accepted_at = c.accepted_at, sent_at = c.sent_at, delivered_at = c.delivered_at, read_at = c.read_at,
              failed_at = c.failed_at, unknown_at = c.unknown_at, wamid_index = decode(c.wamid_index, 'hex'),
              wamid_sealed = decode(c.wamid_sealed, 'hex'), lease_token = null, lease_until = null,
              version = version + 1
         from jsonb_to_recordset($2::jsonb) as c(${CHANGE_COLUMNS})
        where organization_id = $1 and message.id = c.id`,
      [ctx.organizationId, JSON.stringify(changes.map(asRow))],
    );
  }

  private query(ctx: TxContext, order: string = 'm.createdAt') {
    const query = managerOf(ctx)
      .createQueryBuilder(MessageEntity, 'm')
      .where('m.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy(order);
    return order === 'm.id' ? query : query.addOrderBy('m.id');
  }
}

function asRow(change: MessageChange): object {
  return {
    id: change.id,
    state: change.state,
    reason: change.reason,
    failure_code: change.failureCode,
    tries: change.tries,
    due_at: change.dueAt,
    accepted_at: change.acceptedAt,
    sent_at: change.sentAt,
    delivered_at: change.deliveredAt,
    read_at: change.readAt,
    failed_at: change.failedAt,
    unknown_at: change.unknownAt,
    wamid_index: change.wamidIndex?.toString('hex') ?? null,
    wamid_sealed: change.wamidSealed?.toString('hex') ?? null,
  };
}
