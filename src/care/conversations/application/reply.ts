import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type SendReceipt, type SendRequest } from '../../../exchange/messaging/index.js';
import type { Conversation } from '../domain/conversation.js';
import { staffReplyKey } from '../domain/origin.js';
import { closedAlready, replyRefused } from '../conversations.errors.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { Held } from './held.js';
import { Threads } from './threads.js';

/** A person answers the patient. */
@Injectable()
export class Reply {
  constructor(
    private readonly transactions: Transactions,
    private readonly held: Held,
    private readonly threads: Threads,
    private readonly entries: EntriesRepository,
    private readonly messaging: MessagingFacade,
  ) {}

  /** Hands it over to be sent. Throws not-found, conversation.closed, and the gate's reason when it may not leave. */
  run(ctx: Context, conversationId: Uuid, text: string): Promise<SendReceipt> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.held.get(tx, conversationId);
      if (conversation.state === 'closed') throw closedAlready();
      const request = await this.requestOf(tx, conversation, text);
      const explained = await this.messaging.explain(tx, request);
      if (explained.outcome === 'refused') throw replyRefused(explained.reason);
      const receipt = await this.messaging.send(tx, request);
      await this.note(tx, conversationId, receipt.messageId);
      await this.threads.taken(tx, conversationId, 'answered');
      return receipt;
    });
  }

  private async requestOf(tx: TxContext, conversation: Conversation, text: string): Promise<SendRequest> {
    const { addressId, patientId, accountId } = conversation;
    const window = await this.messaging.windowOf(tx, addressId);
    return {
      origin: 'reply',
      originKey: staffReplyKey(conversation.id, newId()),
      addressId,
      patientId,
      accountId,
      purpose: 'care-conversation',
      content: { kind: 'text', text },
      usefulUntil: window.open && window.closesAt ? window.closesAt : await this.soon(tx),
    };
  }

  /** With a closed window the gate gives the reason, not the time limit. */
  private async soon(tx: TxContext): Promise<Date> {
    return new Date((await nowIn(tx)).getTime() + 60_000);
  }

  /** At once, so that the person sees the reply and what becomes of it. */
  private async note(tx: TxContext, conversationId: Uuid, messageId: Uuid): Promise<void> {
    const at = await nowIn(tx);
    await this.entries.add(tx, [{ messageId, conversationId, direction: 'outbound', by: 'staff', at }]);
  }
}
