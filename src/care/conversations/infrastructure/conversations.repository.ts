import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { IDLE_HOURS, type CloseReason, type Conversation, type Entry } from '../domain/conversation.js';
import { ConversationEntity } from './conversation.entity.js';

export interface ConversationFilter {
  state?: 'open' | 'closed';
  /** Any of these. */
  patientIds?: readonly Uuid[];
  after: CursorKey | null;
  limit: number;
}

interface Thread {
  addressId: Uuid;
  accountId: Uuid;
}

interface NewConversation extends Thread {
  patientId: Uuid | null;
  openedAt: Date;
}

@Injectable()
export class ConversationsRepository {
  get(ctx: TxContext, id: Uuid): Promise<Conversation | null> {
    return managerOf(ctx).findOneBy(ConversationEntity, { organizationId: ctx.organizationId, id });
  }

  lock(ctx: TxContext, id: Uuid): Promise<Conversation | null> {
    return managerOf(ctx).findOne(ConversationEntity, {
      where: { organizationId: ctx.organizationId, id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** The open conversations of these threads, by `threadKey`; locked in one order for all who lock several. */
  async lockOpen(ctx: TxContext, threads: readonly Thread[]): Promise<Map<string, Conversation>> {
    const open = await managerOf(ctx)
      .createQueryBuilder(ConversationEntity, 'c')
      .where(`c.organizationId = :organization and c.state = 'open'`, { organization: ctx.organizationId })
      .andWhere(
        '(c.addressId, c.accountId) in (select * from unnest(cast(:addresses as uuid[]), cast(:accounts as uuid[])))',
        {
          addresses: threads.map(({ addressId }) => addressId),
          accounts: threads.map(({ accountId }) => accountId),
        },
      )
      .orderBy('c.id')
      .setLock('pessimistic_write')
      .getMany();
    return new Map(open.map((conversation) => [threadKey(conversation), conversation]));
  }

  /** Which of these threads have an open conversation, by `threadKey`. */
  async openAmong(ctx: TxContext, threads: readonly Thread[]): Promise<Set<string>> {
    if (threads.length === 0) return new Set();
    const rows = await sql<Thread>(
      ctx,
      `select address_id as "addressId", account_id as "accountId" from conversations.conversation
        where organization_id = $1 and state = 'open'
          and (address_id, account_id) in (select * from unnest($2::uuid[], $3::uuid[]))`,
      [
        ctx.organizationId,
        threads.map(({ addressId }) => addressId),
        threads.map(({ accountId }) => accountId),
      ],
    );
    return new Set(rows.map(threadKey));
  }

  /** Opens conversations, of each thread one; one that somebody else has just opened is left out. In one order for all. */
  async open(ctx: TxContext, threads: readonly NewConversation[]): Promise<Conversation[]> {
    const made = await sql<{ id: Uuid }>(
      ctx,
      `insert into conversations.conversation
         (organization_id, id, address_id, account_id, patient_id, opened_at, last_message_at, idle_at)
       select $1, t.id, t.address_id, t.account_id, t.patient_id, t.opened_at, t.opened_at,
              platform.now() + make_interval(hours => $7)
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[])
              as t(id, address_id, account_id, patient_id, opened_at)
        order by t.address_id, t.account_id
       on conflict (organization_id, address_id, account_id) where state = 'open' do nothing
       returning id`,
      [
        ctx.organizationId,
        threads.map(() => newId()),
        threads.map(({ addressId }) => addressId),
        threads.map(({ accountId }) => accountId),
        threads.map(({ patientId }) => patientId),
        threads.map(({ openedAt }) => openedAt),
        IDLE_HOURS,
      ],
    );
    const ids = made.map(({ id }) => id);
    return managerOf(ctx).findBy(ConversationEntity, { organizationId: ctx.organizationId, id: In(ids) });
  }

  /** Messages were added: idle is counted from now, for a late webhook is news too. */
  async touch(ctx: TxContext, added: readonly Pick<Entry, 'conversationId' | 'at'>[]): Promise<void> {
    await sql(
      ctx,
      `update conversations.conversation c
          set last_message_at = greatest(c.last_message_at, added.at),
              idle_at = platform.now() + make_interval(hours => $4), version = version + 1
         from (select id, max(at) as at from unnest($2::uuid[], $3::timestamptz[]) as one(id, at) group by id) added
        where c.organization_id = $1 and c.id = added.id`,
      [
        ctx.organizationId,
        added.map(({ conversationId }) => conversationId),
        added.map(({ at }) => at),
        IDLE_HOURS,
      ],
    );
  }

  async change(
    ctx: TxContext,
    id: Uuid,
    values: Partial<Pick<Conversation, 'patientId' | 'assignee' | 'waitingSince'>>,
  ): Promise<void> {
    await managerOf(ctx)
      .createQueryBuilder()
      .update(ConversationEntity)
      .set({ ...values, version: () => 'version + 1' })
      .where('organizationId = :organizationId and id = :id', { organizationId: ctx.organizationId, id })
      .execute();
  }

  /** Whether this call closed it. */
  async close(ctx: TxContext, id: Uuid, reason: CloseReason): Promise<boolean> {
    const closed = await sql<{ id: Uuid }>(
      ctx,
      `with closed as (
         update conversations.conversation
            set state = 'closed', close_reason = $3, closed_at = platform.now(), version = version + 1
          where organization_id = $1 and id = $2 and state = 'open'
         returning id)
       select id from closed`,
      [ctx.organizationId, id, reason],
    );
    return closed.length > 0;
  }

  /** Open ones that nobody wrote in for long and where no answer is due; locked. */
  async claimIdle(ctx: TxContext, limit: number): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select c.id from conversations.conversation c
        where c.organization_id = $1 and c.state = 'open' and c.idle_at <= platform.now()
          and not exists (
            select 1 from conversations.entry e
             where e.organization_id = c.organization_id and e.conversation_id = c.id and e.answer_state = 'due')
        order by c.idle_at limit $2 for update skip locked`,
      [ctx.organizationId, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** The conversation that a fact about this patient, with these records, belongs to: the open one first, then the newest. */
  async newestFor(ctx: TxContext, addressId: Uuid, records: readonly Uuid[]): Promise<Uuid | null> {
    const [row] = await sql<{ id: Uuid }>(
      ctx,
      `select id from conversations.conversation
        where organization_id = $1 and address_id = $2 and (patient_id = any($3::uuid[]) or patient_id is null)
        order by patient_id is null, state = 'open' desc, last_message_at desc, id desc limit 1`,
      [ctx.organizationId, addressId, records],
    );
    return row?.id ?? null;
  }

  /** Newest first. */
  list(ctx: TxContext, filter: ConversationFilter): Promise<Conversation[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(ConversationEntity, 'conversation')
      .where('conversation.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('conversation.id', 'DESC')
      .limit(filter.limit);
    if (filter.state) query.andWhere('conversation.state = :state', { state: filter.state });
    const { patientIds } = filter;
    if (patientIds) query.andWhere('conversation.patientId = any(:patientIds)', { patientIds });
    if (filter.after) query.andWhere('conversation.id < :after', { after: filter.after[0] });
    return query.getMany();
  }
}

export function threadKey({ addressId, accountId }: Thread): string {
  return `${addressId}/${accountId}`;
}
