import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { MessagingFacade, type Received } from '../../../exchange/messaging/index.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { ANSWER_LOOP } from './answer.js';
import { eachAlone } from './each-alone.js';
import { Threads } from './threads.js';

/** Puts received messages into their conversations, to be answered from there. */
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
    const received = await this.messaging.received(ctx, receivedIds);
    await eachAlone(received, (one) => this.transactions.run(ctx, (tx) => this.take(tx, one)));
  }

  private async take(tx: TxContext, received: Received): Promise<void> {
    if ((await this.entries.known(tx, [received.id])).size > 0) return;
    const conversation = await this.threads.openFor(tx, received);
    const { id: messageId, at } = received;
    const entry = {
      messageId,
      conversationId: conversation.id,
      direction: 'inbound',
      by: 'patient',
      at,
    } as const;
    if (!(await this.entries.add(tx, entry))) return;
    await this.conversations.touch(tx, conversation.id, at);
    if (conversation.patientId) await this.messaging.attribute(tx, [messageId], conversation.patientId);
    afterCommit(tx, () => void this.loops.wake(ANSWER_LOOP));
  }
}
