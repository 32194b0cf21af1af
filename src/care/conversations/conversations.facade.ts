import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { PatientsFacade } from '../../exchange/patients/index.js';
import { LateReplies } from './application/late-replies.js';
import { Responders } from './application/responders.js';
import { Transcripts } from './application/transcripts.js';
import type { Responder } from './domain/responder.js';
import type { NewOutcome, Transcript } from './domain/transcript.js';
import { ConversationsRepository } from './infrastructure/conversations.repository.js';
import { EntriesRepository } from './infrastructure/entries.repository.js';
import { OutcomesRepository } from './infrastructure/outcomes.repository.js';

/** Who wrote what to whom, who answers, and what came of it. */
@Injectable()
export class ConversationsFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly responders: Responders,
    private readonly transcripts: Transcripts,
    private readonly conversations: ConversationsRepository,
    private readonly outcomes: OutcomesRepository,
    private readonly entries: EntriesRepository,
    private readonly lateReplies: LateReplies,
    private readonly patients: PatientsFacade,
  ) {}

  /** While the modules start. Lowest order first; a person who owns the conversation comes before all of them. */
  registerResponder(responder: Responder): void {
    this.responders.add(responder);
  }

  /**
   * Keeps what came of a conversation, once per code and appointment: with the patient's open conversation on that
   * address, else the newest. Without any, nothing is kept: there was no conversation to have an outcome.
   */
  recordOutcome(ctx: Context, outcome: NewOutcome): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const records = await this.patients.recordsOf(tx, outcome.patientId);
      const id = await this.conversations.newestFor(tx, outcome.addressId, records);
      if (id) await this.outcomes.add(tx, id, outcome);
    });
  }

  /** The ids of the received messages in it. */
  receivedIn(ctx: Context, conversationId: Uuid): Promise<Uuid[]> {
    return this.transactions.run(ctx, (tx) => this.entries.receivedIn(tx, conversationId));
  }

  /** Those of these received messages that stand in no conversation yet. */
  async notPlaced(ctx: Context, receivedIds: readonly Uuid[]): Promise<Uuid[]> {
    const known = await this.transactions.run(ctx, (tx) => this.entries.known(tx, receivedIds));
    return receivedIds.filter((id) => !known.has(id));
  }

  /** Whether something that this contact wrote or tapped waits for its answer. */
  awaitsAnswer(ctx: Context, addressId: Uuid): Promise<boolean> {
    return this.transactions.run(ctx, (tx) => this.entries.anyDueFrom(tx, addressId));
  }

  /**
   * The replies that messaging holds under these origin keys belong to this conversation, also after it has closed:
   * those that Meta has accepted join it. Whether one is still on its way. Throws not-found.
   */
  takeReplies(ctx: Context, conversationId: Uuid, replyKeys: readonly string[]): Promise<boolean> {
    return this.lateReplies.take(ctx, conversationId, replyKeys);
  }

  /** What was said and what came of it, texts opened. PHI: audit before it leaves the product. Throws not-found. */
  transcriptOf(ctx: Context, conversationId: Uuid): Promise<Transcript> {
    return this.transcripts.of(ctx, conversationId);
  }
}
