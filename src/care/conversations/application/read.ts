import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Conversation } from '../domain/conversation.js';
import type { Outcome } from '../domain/transcript.js';
import {
  ConversationsRepository,
  type ConversationFilter,
} from '../infrastructure/conversations.repository.js';
import { OutcomesRepository } from '../infrastructure/outcomes.repository.js';
import { Transcripts, type SpokenEntry } from './transcripts.js';

export type ConversationWish = Omit<ConversationFilter, 'patientIds'> & { patientId?: Uuid };

@Injectable()
export class ReadConversations {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsRepository,
    private readonly outcomes: OutcomesRepository,
    private readonly transcripts: Transcripts,
    private readonly audit: AuditFacade,
    private readonly patients: PatientsFacade,
  ) {}

  /** Of a patient, those of all records of that person; each is shown under the record that stands for it. */
  list(ctx: Context, { patientId, ...filter }: ConversationWish): Promise<Conversation[]> {
    return this.transactions.run(ctx, async (tx) => {
      const patientIds = patientId === undefined ? undefined : await this.patients.recordsOf(tx, patientId);
      return this.underSurvivors(tx, await this.conversations.list(tx, { ...filter, patientIds }));
    });
  }

  /** Without texts. Throws not-found. */
  get(ctx: Context, id: Uuid): Promise<{ conversation: Conversation; outcomes: Outcome[] }> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.conversations.get(tx, id);
      if (!conversation) throw notFound('conversation');
      const [shown] = await this.underSurvivors(tx, [conversation]);
      return { conversation: shown!, outcomes: await this.outcomes.of(tx, id) };
    });
  }

  private async underSurvivors(tx: TxContext, all: readonly Conversation[]): Promise<Conversation[]> {
    const named = [...new Set(all.flatMap(({ patientId }) => patientId ?? []))];
    const survivors = await this.patients.survivorsOf(tx, named);
    return all.map((one) => ({ ...one, patientId: one.patientId && survivors.get(one.patientId)! }));
  }

  /** With texts: the audit event commits before they are shown. Throws not-found. */
  messages(ctx: Context, id: Uuid): Promise<SpokenEntry[]> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.conversations.get(tx, id);
      if (!conversation) throw notFound('conversation');
      const spoken = await this.transcripts.spoken(tx, conversation);
      await this.audit.record(tx, {
        type: 'conversation.read',
        action: 'R',
        entity: { kind: 'conversation', id },
        ...(conversation.patientId && { patientId: conversation.patientId }),
        detail: { messages: spoken.length },
      });
      return spoken;
    });
  }
}
