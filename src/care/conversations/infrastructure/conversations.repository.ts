import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { IDLE_HOURS, type CloseReason, type Conversation } from '../domain/conversation.js';
import { ConversationEntity } from './conversation.entity.js';

export interface ConversationFilter {
  state?: 'open' | 'closed';
  patientId?: Uuid;
  after: CursorKey | null;
  limit: number;
}

interface Thread {
  addressId: Uuid;
  accountId: Uuid;
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

  lockOpen(ctx: TxContext, { addressId, accountId }: Thread): Promise<Conversation | null> {
    return managerOf(ctx).findOne(ConversationEntity, {
      where: { organizationId: ctx.organizationId, addressId, accountId, state: 'open' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Those of these threads that have an open conversation. */
  async withOpen<T extends Thread>(ctx: TxContext, threads: readonly T[]): Promise<T[]> {
    if (threads.length === 0) return [];
    const rows = await sql<{ place: number }>(
      ctx,
      `select thread.place::int as place
         from unnest($2::uuid[], $3::uuid[]) with ordinality as thread(address_id, account_id, place)
         join conversations.conversation c on c.organization_id = $1 and c.address_id = thread.address_id
                                          and c.account_id = thread.account_id and c.state = 'open'
        order by 1`,
      [
        ctx.organizationId,
        threads.map(({ addressId }) => addressId),
        threads.map(({ accountId }) => accountId),
      ],
    );
    return rows.map(({ place }) => threads[place - 1]!);
  }

  /** Opens a conversation; null when somebody else has just opened it. */
  async open(
    ctx: TxContext,
    thread: Thread & { patientId: Uuid | null; openedAt: Date },
  ): Promise<Conversation | null> {
    const id = newId();
    const made = await sql<{ id: Uuid }>(
      ctx,
      `insert into conversations.conversation
         (organization_id, id, address_id, account_id, patient_id, opened_at, last_message_at, idle_at)
       values ($1, $2, $3, $4, $5, $6, $6, platform.now() + make_interval(hours => $7))
       on conflict (organization_id, address_id, account_id) where state = 'open' do nothing
       returning id`,
      [
        ctx.organizationId,
        id,
        thread.addressId,
        thread.accountId,
        thread.patientId,
        thread.openedAt,
        IDLE_HOURS,
      ],
    );
    return made.length > 0 ? this.lock(ctx, id) : null;
  }

  /** A message was added: idle is counted from now, for a late webhook is news too. */
  async touch(ctx: TxContext, id: Uuid, at: Date): Promise<void> {
    await sql(
      ctx,
      `update conversations.conversation
          set last_message_at = greatest(last_message_at, $3),
              idle_at = platform.now() + make_interval(hours => $4), version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, at, IDLE_HOURS],
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

  /** The conversation that a fact about this patient belongs to: the open one first, then the newest. */
  async newestFor(ctx: TxContext, addressId: Uuid, patientId: Uuid): Promise<Uuid | null> {
    const [row] = await sql<{ id: Uuid }>(
      ctx,
      `select id from conversations.conversation
        where organization_id = $1 and address_id = $2 and (patient_id = $3 or patient_id is null)
        order by patient_id is null, state = 'open' desc, last_message_at desc, id desc limit 1`,
      [ctx.organizationId, addressId, patientId],
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
    if (filter.patientId) query.andWhere('conversation.patientId = :patient', { patient: filter.patientId });
    if (filter.after) query.andWhere('conversation.id < :after', { after: filter.after[0] });
    return query.getMany();
  }
}
