import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { MessagingFacade, type Attribution, type Received } from '../../../exchange/messaging/index.js';
import type { Conversation, Entry } from '../domain/conversation.js';
import { ConversationsRepository, threadKey } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { ANSWER_LOOP } from './answer.js';
import { togetherElseAlone } from './each-alone.js';
import { Threads } from './threads.js';

/** Puts received messages into their conversations, a job's all at once, to be answered from there. */
@Injectable()
export class Receive {
  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingFacade,
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly threads: Threads,
    private readonly loops: Loops,
  ) {}

  async run(ctx: Context, receivedIds: Uuid[]): Promise<void> {
    await togetherElseAlone(receivedIds, async (some) => {
      const received = await this.messaging.received(ctx, [...some]);
      await this.transactions.run(ctx, (tx) => this.take(tx, received));
    });
  }

  private async take(tx: TxContext, received: readonly Received[]): Promise<void> {
    const known = await this.entries.known(
      tx,
      received.map(({ id }) => id),
    );
    const fresh = received.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return;
    const threads = await this.threads.openFor(tx, fresh);
    const added = await this.entries.add(
      tx,
      fresh.map((one) => entryOf(one, threads.get(threadKey(one))!)),
    );
    await this.conversations.touch(tx, added);
    await this.messaging.attribute(tx, attributionsOf(added, [...threads.values()]));
    afterCommit(tx, () => void this.loops.wake(ANSWER_LOOP));
  }
}

function entryOf({ id: messageId, at }: Received, { id: conversationId }: Conversation): Entry {
  return { messageId, conversationId, direction: 'inbound', by: 'patient', at };
}

/** Of those conversations whose patient is known. */
function attributionsOf(entries: readonly Entry[], conversations: readonly Conversation[]): Attribution[] {
  const patientOf = new Map(conversations.map(({ id, patientId }) => [id, patientId]));
  return entries.flatMap(({ messageId: receivedId, conversationId }) => {
    const patientId = patientOf.get(conversationId);
    return patientId ? [{ receivedId, patientId }] : [];
  });
}
