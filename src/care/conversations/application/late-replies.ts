import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type MessageState, type Sent } from '../../../exchange/messaging/index.js';
import type { Conversation } from '../domain/conversation.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { TakeIn } from './take-in.js';

/** More than Meta's clock and ours ever differ by: a reply may look older than the tap that it answers. */
const SKEW_MS = 3_600_000;

/** It may still be accepted. */
const ON_ITS_WAY: readonly MessageState[] = ['ready', 'claimed', 'sending', 'unknown'];

/** Replies that leave after their conversation has closed: a slow EHR, another patient's tap on the same telephone. */
@Injectable()
export class LateReplies {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly takeIn: TakeIn,
    private readonly messaging: MessagingFacade,
  ) {}

  /** Whether one is still on its way. Those that Meta has accepted join the conversation. Throws not-found. */
  take(ctx: Context, conversationId: Uuid, replyKeys: readonly string[]): Promise<boolean> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.conversations.get(tx, conversationId);
      if (!conversation) throw notFound('conversation');
      const replies = await this.under(tx, conversation, new Set(replyKeys));
      for (const reply of replies) await this.join(tx, conversation, reply);
      return replies.some(({ state }) => ON_ITS_WAY.includes(state));
    });
  }

  private async under(tx: TxContext, conversation: Conversation, keys: Set<string>): Promise<Sent[]> {
    const { addressId, openedAt } = conversation;
    const from = new Date(openedAt.getTime() - SKEW_MS);
    const to = new Date((await nowIn(tx)).getTime() + SKEW_MS);
    const exchanged = await this.messaging.between(tx, addressId, from, to);
    return exchanged
      .filter((message) => message.direction === 'outbound')
      .filter(({ origin, originKey }) => origin === 'reply' && keys.has(originKey));
  }

  /** A conversation that opened meanwhile may have taken it for its own. */
  private async join(tx: TxContext, conversation: Conversation, reply: Sent): Promise<void> {
    if ((await this.takeIn.add(tx, conversation.id, [reply])).length > 0) return;
    await this.entries.takeFromOpen(tx, reply.id, conversation.id);
  }
}
