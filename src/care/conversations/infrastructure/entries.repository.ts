import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Entry } from '../domain/conversation.js';
import { EntryEntity } from './entry.entity.js';

@Injectable()
export class EntriesRepository {
  /** Those of these messages that stand in a conversation already. */
  async known(ctx: TxContext, messageIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select message_id as id from conversations.entry
        where organization_id = $1 and message_id = any($2::uuid[])`,
      [ctx.organizationId, messageIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Returns those that were new. An inbound message is due to be answered at once. */
  async add(ctx: TxContext, entries: readonly Entry[]): Promise<Entry[]> {
    if (entries.length === 0) return [];
    const made = await sql<{ id: Uuid }>(
      ctx,
      `insert into conversations.entry
         (organization_id, message_id, conversation_id, direction, by, at, answer_state, answer_due_at)
       select $1, e.message_id, e.conversation_id, e.direction, e.by, e.at,
              case when e.direction = 'inbound' then 'due' else 'none' end,
              case when e.direction = 'inbound' then platform.now() end
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
              as e(message_id, conversation_id, direction, by, at)
        order by e.message_id
       on conflict (organization_id, message_id) do nothing
       returning message_id as id`,
      [
        ctx.organizationId,
        entries.map(({ messageId }) => messageId),
        entries.map(({ conversationId }) => conversationId),
        entries.map(({ direction }) => direction),
        entries.map(({ by }) => by),
        entries.map(({ at }) => at),
      ],
    );
    const fresh = new Set(made.map(({ id }) => id));
    return entries.filter(({ messageId }) => fresh.has(messageId));
  }

  /** What the patient wrote or tapped in it. */
  async receivedIn(ctx: TxContext, conversationId: Uuid): Promise<Uuid[]> {
    const which = { organizationId: ctx.organizationId, conversationId, direction: 'inbound' } as const;
    const rows = await managerOf(ctx).find(EntryEntity, { select: { messageId: true }, where: which });
    return rows.map(({ messageId }) => messageId);
  }

  /** In the order of time. */
  of(ctx: TxContext, conversationId: Uuid): Promise<Entry[]> {
    return managerOf(ctx).find(EntryEntity, {
      where: { organizationId: ctx.organizationId, conversationId },
      order: { at: 'ASC', messageId: 'ASC' },
    });
  }

  async move(ctx: TxContext, messageId: Uuid, conversationId: Uuid): Promise<void> {
    const which = { organizationId: ctx.organizationId, messageId };
    await managerOf(ctx).update(EntryEntity, which, { conversationId });
  }

  /** Moves it when it stands in a conversation that has not ended: what a summary tells is not taken from it. */
  async takeFromOpen(ctx: TxContext, messageId: Uuid, conversationId: Uuid): Promise<void> {
    await sql(
      ctx,
      `update conversations.entry e set conversation_id = $3
         from conversations.conversation c
        where e.organization_id = $1 and e.message_id = $2
          and c.organization_id = $1 and c.id = e.conversation_id and c.state = 'open'`,
      [ctx.organizationId, messageId, conversationId],
    );
  }

  /** Moves what nobody has answered yet. */
  async moveDue(ctx: TxContext, from: Uuid, to: Uuid): Promise<void> {
    const which = { organizationId: ctx.organizationId, conversationId: from, answerState: 'due' } as const;
    await managerOf(ctx).update(EntryEntity, which, { conversationId: to });
  }

  /**
   * The first unanswered message of one conversation, the conversation locked; a message that waits to be tried
   * again holds back the ones behind it.
   */
  async claimDue(ctx: TxContext): Promise<Entry | null> {
    const [row] = await sql<Entry>(
      ctx,
      `select e.message_id as "messageId", e.conversation_id as "conversationId", e.direction, e.by, e.at
         from conversations.entry e
         join conversations.conversation c on c.organization_id = e.organization_id and c.id = e.conversation_id
        where e.organization_id = $1 and e.answer_state = 'due' and e.answer_due_at <= platform.now()
          and not exists (
            select 1 from conversations.entry p
             where p.organization_id = e.organization_id and p.conversation_id = e.conversation_id
               and p.answer_state = 'due' and (p.at, p.message_id) < (e.at, e.message_id))
        order by e.answer_due_at limit 1 for update of c, e skip locked`,
      [ctx.organizationId],
    );
    return row ?? null;
  }

  async answered(ctx: TxContext, messageId: Uuid): Promise<void> {
    const which = { organizationId: ctx.organizationId, messageId };
    await managerOf(ctx).update(EntryEntity, which, { answerState: 'done', answerDueAt: null });
  }

  /** How often it has failed now. */
  async failed(ctx: TxContext, messageId: Uuid): Promise<number> {
    const [row] = await sql<{ failures: number }>(
      ctx,
      `with failed as (
         update conversations.entry set answer_failures = answer_failures + 1
          where organization_id = $1 and message_id = $2 and answer_state = 'due'
         returning answer_failures)
       select answer_failures as failures from failed`,
      [ctx.organizationId, messageId],
    );
    return row?.failures ?? 0;
  }

  async postpone(ctx: TxContext, messageId: Uuid, seconds: number): Promise<void> {
    await sql(
      ctx,
      `update conversations.entry set answer_due_at = platform.now() + make_interval(secs => $3)
        where organization_id = $1 and message_id = $2`,
      [ctx.organizationId, messageId, seconds],
    );
  }

  async anyDueFrom(ctx: TxContext, addressId: Uuid): Promise<boolean> {
    const [row] = await sql<{ due: boolean }>(
      ctx,
      `select exists (
         select 1 from conversations.entry e
           join conversations.conversation c on c.organization_id = e.organization_id and c.id = e.conversation_id
          where e.organization_id = $1 and e.answer_state = 'due' and c.address_id = $2) as due`,
      [ctx.organizationId, addressId],
    );
    return row!.due;
  }

  async anyDue(ctx: TxContext, conversationId: Uuid): Promise<boolean> {
    return managerOf(ctx).existsBy(EntryEntity, {
      organizationId: ctx.organizationId,
      conversationId,
      answerState: 'due',
    });
  }
}
