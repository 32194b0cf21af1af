import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { MessagingFacade, type Received } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { namingOf, onlyPatient } from '../domain/belonging.policy.js';
import type { CloseReason, Conversation, Entry } from '../domain/conversation.js';
import { ConversationClosed, HandOverRequested } from '../events.js';
import { ConversationsRepository, threadKey } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { TakeIn } from './take-in.js';

/** What may happen to a conversation that the caller's transaction holds. */
@Injectable()
export class Threads {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly takeIn: TakeIn,
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
  ) {}

  /** The open conversations of received messages, the oldest first, by `threadKey`: locked, and opened where none is. */
  async openFor(tx: TxContext, received: readonly Received[]): Promise<Map<string, Conversation>> {
    const open = await this.conversations.lockOpen(tx, received);
    const firsts = firstOfEach(received.filter((one) => !open.has(threadKey(one))));
    if (firsts.length === 0) return open;
    const sharers = await this.patients.byAddresses(
      tx,
      firsts.map(({ addressId }) => addressId),
    );
    await this.open(
      tx,
      firsts.map((first) => ({ first, patientId: onlyPatient(sharers.get(first.addressId) ?? []) })),
    );
    // Once more: somebody else may have opened one at the same moment.
    return this.openFor(tx, received);
  }

  /** The message proves whom the conversation is about. Returns the conversation that holds it afterwards. */
  async name(
    tx: TxContext,
    conversation: Conversation,
    about: { inbound: Received; patientId: Uuid },
  ): Promise<Conversation> {
    const records = await this.patients.recordsOf(tx, about.patientId);
    // Whichever record of the person the button was made for.
    if (conversation.patientId !== null && records.includes(conversation.patientId)) return conversation;
    const [patientId] = records as [Uuid];
    const said = inboundOf(await this.entries.of(tx, conversation.id));
    const naming = namingOf(conversation, patientId, said.length);
    if (naming === 'known') return conversation;
    if (naming === 'name') return this.attribute(tx, conversation, patientId);
    return this.split(tx, conversation, { ...about, patientId });
  }

  /** The patient of the whole conversation: its messages are sealed again under that patient's key. */
  async attribute(tx: TxContext, conversation: Conversation, patientId: Uuid): Promise<Conversation> {
    await this.conversations.change(tx, conversation.id, { patientId });
    await this.patients.confirm(tx, patientId, [conversation.addressId]);
    const said = inboundOf(await this.entries.of(tx, conversation.id));
    await this.messaging.attribute(
      tx,
      said.map((receivedId) => ({ receivedId, patientId })),
    );
    const named = { ...conversation, patientId };
    if (named.state === 'open') await this.takeIn.before(tx, [{ conversation: named, quoted: null }]);
    return named;
  }

  /** Publishes ConversationClosed when this call closed it. */
  async close(tx: TxContext, id: Uuid, reason: CloseReason): Promise<boolean> {
    const closed = await this.conversations.close(tx, id, reason);
    if (closed) await this.events.publish(tx, ConversationClosed, [id]);
    return closed;
  }

  /** A person must read it. Publishes HandOverRequested when nobody was asked yet. */
  async handOver(tx: TxContext, conversation: Conversation, reason: string): Promise<void> {
    const { id, patientId } = conversation;
    await this.worklist.raise(tx, {
      kind: 'conversation-waiting',
      reason,
      key: waitingKey(id),
      subject: { kind: 'conversation', id },
      ...(patientId && { patientId }),
    });
    if (conversation.waitingSince) return;
    await this.conversations.change(tx, id, { waitingSince: await nowIn(tx) });
    await this.events.publish(tx, HandOverRequested, [id]);
  }

  /** A person has read it. */
  async taken(tx: TxContext, id: Uuid, resolution: string): Promise<void> {
    await this.conversations.change(tx, id, { waitingSince: null });
    await this.worklist.resolve(tx, waitingKey(id), resolution);
  }

  private async open(tx: TxContext, openings: readonly Opening[]): Promise<void> {
    const opened = await this.conversations.open(
      tx,
      openings.map(({ first: { addressId, accountId, at: openedAt }, patientId }) => ({
        addressId,
        accountId,
        patientId,
        openedAt,
      })),
    );
    const quotedBy = new Map(openings.map(({ first }) => [threadKey(first), first.replyTo]));
    await this.takeIn.before(
      tx,
      opened.map((conversation) => ({ conversation, quoted: quotedBy.get(threadKey(conversation)) ?? null })),
    );
  }

  private async split(
    tx: TxContext,
    conversation: Conversation,
    { inbound, patientId }: { inbound: Received; patientId: Uuid },
  ): Promise<Conversation> {
    await this.close(tx, conversation.id, 'other-patient');
    await this.open(tx, [{ first: inbound, patientId }]);
    const own = (await this.openFor(tx, [inbound])).get(threadKey(inbound))!;
    // What came behind it goes with it: the next words follow the tap.
    await this.entries.moveDue(tx, conversation.id, own.id);
    if (inbound.replyTo) await this.entries.move(tx, inbound.replyTo, own.id);
    await this.messaging.attribute(tx, [{ receivedId: inbound.id, patientId }]);
    await this.patients.confirm(tx, patientId, [inbound.addressId]);
    return own;
  }
}

/** A thread's first message, and whose it is. */
interface Opening {
  first: Received;
  patientId: Uuid | null;
}

function firstOfEach(received: readonly Received[]): Received[] {
  return [...new Map(received.toReversed().map((one) => [threadKey(one), one])).values()];
}

export function waitingKey(conversationId: Uuid): string {
  return `conversation-waiting:${conversationId}`;
}

function inboundOf(entries: readonly Entry[]): Uuid[] {
  return entries.filter(({ direction }) => direction === 'inbound').map(({ messageId }) => messageId);
}
