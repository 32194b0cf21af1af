import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';
import { isStopWord } from '../../../exchange/consent/index.js';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import type { Conversation, Entry } from '../domain/conversation.js';
import type { Inbound, Responder } from '../domain/responder.js';
import { MAX_ANSWER_ATTEMPTS, pauseAfter } from '../domain/retry.policy.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { OutcomesRepository } from '../infrastructure/outcomes.repository.js';
import { Responders } from './responders.js';
import { Threads } from './threads.js';

export const ANSWER_LOOP = 'conversations.answer';

/** Answers received messages: in sequence within a conversation, each in one transaction with all that it causes. */
@Injectable()
export class Answering {
  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingFacade,
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly outcomes: OutcomesRepository,
    private readonly responders: Responders,
    private readonly threads: Threads,
    private readonly log: Log,
  ) {}

  /** Works the next message that is due: 1, or 0 when none is. */
  async claim(ctx: Context): Promise<number> {
    let entry: Entry | null = null;
    try {
      await this.transactions.run(ctx, async (tx) => {
        entry = await this.entries.claimDue(tx);
        if (entry) await this.answer(tx, entry);
      });
    } catch (error) {
      if (!entry) throw error;
      await this.failed(ctx, entry, error);
    }
    return entry ? 1 : 0;
  }

  private async answer(tx: TxContext, entry: Entry): Promise<void> {
    const conversation = (await this.conversations.get(tx, entry.conversationId))!;
    const [received] = await this.messaging.received(tx, [entry.messageId]);
    if (received) await this.route(tx, conversation, { ...received, conversationId: conversation.id });
    await this.entries.answered(tx, entry.messageId);
  }

  private async route(tx: TxContext, conversation: Conversation, inbound: Inbound): Promise<void> {
    // Messaging withdraws the consent and confirms it; here it is only told. The label of a button is no opt-out.
    if (inbound.kind === 'text' && isStopWord(inbound.text ?? '')) {
      return this.outcomes.add(tx, conversation.id, { code: 'consent-withdrawn' });
    }
    if (conversation.assignee) {
      return this.threads.handOver(tx, conversation, inbound.token ? 'patient-tapped' : 'patient-wrote');
    }
    const responder = await this.responders.find(tx, inbound);
    if (!responder) return this.threads.handOver(tx, conversation, 'no-automatic-answer');
    await this.respond(tx, conversation, { responder, inbound });
  }

  private async respond(
    tx: TxContext,
    conversation: Conversation,
    { responder, inbound }: { responder: Responder; inbound: Inbound },
  ): Promise<void> {
    const { patientId, outcome } = await responder.answer(tx, inbound);
    const holder = patientId
      ? await this.threads.name(tx, conversation, { inbound, patientId })
      : conversation;
    if (outcome) await this.outcomes.add(tx, holder.id, outcome);
  }

  /** The answer was rolled back as a whole; it is tried again, and in the end a person reads the message. */
  private async failed(ctx: Context, entry: Entry, error: unknown): Promise<void> {
    this.log.warn(
      'conversations.answer-failed',
      { organization_id: ctx.organizationId, id: entry.messageId },
      error,
    );
    await this.transactions.run(ctx, async (tx) => {
      const conversation = (await this.conversations.lock(tx, entry.conversationId))!;
      const failures = await this.entries.failed(tx, entry.messageId);
      if (failures < MAX_ANSWER_ATTEMPTS) {
        return this.entries.postpone(tx, entry.messageId, pauseAfter(Math.max(failures, 1)));
      }
      await this.threads.handOver(tx, conversation, 'answer-failed');
      await this.entries.answered(tx, entry.messageId);
    });
  }
}
