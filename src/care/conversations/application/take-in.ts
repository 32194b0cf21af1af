import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type Outline, type Stretch } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { belongs } from '../domain/belonging.policy.js';
import { LOOK_BACK_HOURS, type Conversation, type Entry } from '../domain/conversation.js';
import { authorOf } from '../domain/origin.js';
import { threadKey } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';

const HOUR_MS = 3_600_000;

/** A conversation that begins, and the message of ours that its first message quotes. */
interface Beginning {
  conversation: Conversation;
  quoted: Uuid | null;
}

/** Brings what we wrote into the conversation that it belongs to. */
@Injectable()
export class TakeIn {
  constructor(
    private readonly messaging: MessagingFacade,
    private readonly entries: EntriesRepository,
    private readonly patients: PatientsFacade,
  ) {}

  /** What the patients answer: the quoted messages, and the others of the last 72 h that stand nowhere yet. */
  async before(tx: TxContext, beginnings: readonly Beginning[]): Promise<void> {
    const recent = await this.messaging.outlinesIn(
      tx,
      beginnings.map(({ conversation }) => lookBack(conversation)),
    );
    const conversationOf = new Map(
      beginnings.map(({ conversation }) => [threadKey(conversation), conversation]),
    );
    const survivors = await this.survivorsIn(tx, [...recent, ...conversationOf.values()]);
    const told = recent.flatMap((sent) => {
      const conversation = conversationOf.get(threadKey(sent))!;
      return belongs(sent, conversation, survivors) ? entriesOf(conversation.id, [sent]) : [];
    });
    await this.entries.add(tx, [...told, ...(await this.quoted(tx, beginnings))]);
  }

  /** Whether a message of ours is part of this conversation. */
  async belongs(tx: TxContext, sent: Outline, conversation: Conversation): Promise<boolean> {
    return belongs(sent, conversation, await this.survivorsIn(tx, [sent, conversation]));
  }

  private survivorsIn(tx: TxContext, named: readonly { patientId: Uuid | null }[]): Promise<Map<Uuid, Uuid>> {
    return this.patients.survivorsOf(tx, [...new Set(named.flatMap(({ patientId }) => patientId ?? []))]);
  }

  /** Returns those that are new entries. What Meta has not accepted was not said. */
  add(tx: TxContext, conversationId: Uuid, sent: readonly Outline[]): Promise<Entry[]> {
    return this.entries.add(tx, entriesOf(conversationId, sent));
  }

  private async quoted(tx: TxContext, beginnings: readonly Beginning[]): Promise<Entry[]> {
    const conversationOf = new Map(
      beginnings.flatMap(({ conversation, quoted }) => (quoted ? [[quoted, conversation.id] as const] : [])),
    );
    if (conversationOf.size === 0) return [];
    const sent = await this.messaging.outlines(tx, [...conversationOf.keys()]);
    return sent.flatMap((one) => entriesOf(conversationOf.get(one.id)!, [one]));
  }
}

function lookBack({ addressId, accountId, openedAt }: Conversation): Stretch {
  return {
    addressId,
    accountId,
    from: new Date(openedAt.getTime() - LOOK_BACK_HOURS * HOUR_MS),
    // Exclusive, and a message accepted in the same instant was written before the answer.
    to: new Date(openedAt.getTime() + 1),
  };
}

function entriesOf(conversationId: Uuid, sent: readonly Outline[]): Entry[] {
  return sent.flatMap((one) =>
    one.acceptedAt
      ? [{ messageId: one.id, conversationId, direction: 'outbound', by: authorOf(one), at: one.acceptedAt }]
      : [],
  );
}
