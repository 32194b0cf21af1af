import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type Sent } from '../../../exchange/messaging/index.js';
import { belongs } from '../domain/belonging.policy.js';
import { LOOK_BACK_HOURS, type Conversation } from '../domain/conversation.js';
import { authorOf } from '../domain/origin.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';

const HOUR_MS = 3_600_000;

/** Brings what we wrote into the conversation that it belongs to. */
@Injectable()
export class TakeIn {
  constructor(
    private readonly messaging: MessagingFacade,
    private readonly entries: EntriesRepository,
  ) {}

  /** What the patient answers: the quoted message, and the others of the last 72 h that stand nowhere yet. */
  async before(tx: TxContext, conversation: Conversation, quoted: Uuid | null): Promise<void> {
    const { openedAt, addressId, accountId } = conversation;
    const from = new Date(openedAt.getTime() - LOOK_BACK_HOURS * HOUR_MS);
    // `to` is exclusive, and a message accepted in the same instant was written before the answer.
    const exchanged = await this.messaging.between(tx, addressId, from, new Date(openedAt.getTime() + 1));
    const recent = exchanged.filter((message) => message.direction === 'outbound');
    for (const sent of recent.filter((one) => one.accountId === accountId && belongs(one, conversation))) {
      await this.add(tx, conversation.id, sent);
    }
    const answered = quoted ? await this.messaging.sent(tx, [quoted]) : [];
    for (const sent of answered) await this.add(tx, conversation.id, sent);
  }

  /** Whether it is a new entry. What Meta has not accepted was not said. */
  async add(tx: TxContext, conversationId: Uuid, sent: Sent): Promise<boolean> {
    if (!sent.acceptedAt) return false;
    const { id: messageId, acceptedAt: at } = sent;
    return this.entries.add(tx, { messageId, conversationId, direction: 'outbound', by: authorOf(sent), at });
  }
}
