import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import {
  MessagingFacade,
  type MessageState,
  type Received,
  type Sent,
} from '../../../exchange/messaging/index.js';
import type { Conversation, Entry } from '../domain/conversation.js';
import type { Transcript, TranscriptEntry } from '../domain/transcript.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { OutcomesRepository } from '../infrastructure/outcomes.repository.js';

/** A message with its text, and for ours what became of it. PHI. */
export interface SpokenEntry extends TranscriptEntry {
  state: MessageState | null;
  reason: string | null;
}

@Injectable()
export class Transcripts {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly outcomes: OutcomesRepository,
    private readonly messaging: MessagingFacade,
  ) {}

  /** What was really said: replies that never left are not in it. Throws not-found. */
  of(ctx: Context, conversationId: Uuid): Promise<Transcript> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.conversations.get(tx, conversationId);
      if (!conversation) throw notFound('conversation');
      const spoken = await this.spoken(tx, conversation);
      const outcomes = await this.outcomes.of(tx, conversationId);
      const said = spoken.filter(({ direction, state }) => direction === 'inbound' || wasAccepted(state));
      return { ...headOf(conversation), entries: said.map(plain), outcomes };
    });
  }

  /** Every entry by time, also replies that wait, were refused or failed. */
  async spoken(tx: TxContext, conversation: Conversation): Promise<SpokenEntry[]> {
    const entries = await this.entries.of(tx, conversation.id);
    const idsOf = (direction: Entry['direction']): Uuid[] =>
      entries.filter((entry) => entry.direction === direction).map(({ messageId }) => messageId);
    const received = await this.messaging.received(tx, idsOf('inbound'));
    const sent = await this.messaging.sent(tx, idsOf('outbound'));
    const entryOf = new Map(entries.map((entry) => [entry.messageId, entry]));
    const all = [...received.map(heard), ...sent.map((one) => told(one, entryOf.get(one.id)!))];
    return all.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.messageId < b.messageId ? -1 : 1));
  }
}

const ACCEPTED: readonly (MessageState | null)[] = ['accepted', 'sent', 'delivered', 'read'];

function wasAccepted(state: MessageState | null): boolean {
  return ACCEPTED.includes(state);
}

function heard(received: Received): SpokenEntry {
  const { id: messageId, at, text, kind } = received;
  return {
    direction: 'inbound',
    at,
    messageId,
    text: text ?? '',
    kind,
    by: 'patient',
    state: null,
    reason: null,
  };
}

function told(sent: Sent, { by, at: enteredAt }: Entry): SpokenEntry {
  const { id: messageId, acceptedAt, text, content, state, reason } = sent;
  const at = acceptedAt ?? enteredAt;
  return { direction: 'outbound', at, messageId, text, kind: content.kind, by, state, reason };
}

function plain({ direction, at, messageId, text, kind, by }: SpokenEntry): TranscriptEntry {
  return { direction, at, messageId, text, kind, by };
}

function headOf(conversation: Conversation): Omit<Transcript, 'entries' | 'outcomes'> {
  const { id, addressId, patientId, state, openedAt, closedAt } = conversation;
  return { id, addressId, patientId, state, openedAt, closedAt };
}
