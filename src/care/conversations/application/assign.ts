import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { closedAlready, nothingToAssign, unknownPatient } from '../conversations.errors.js';
import type { Conversation } from '../domain/conversation.js';
import { PatientNamed } from '../events.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { Held } from './held.js';
import { Threads } from './threads.js';

export interface Assignment {
  patientId?: Uuid;
  /** Null gives the conversation back to the automation. */
  assignee?: string | null;
}

/** Staff says whom a conversation is about, and who looks after it. */
@Injectable()
export class Assign {
  constructor(
    private readonly transactions: Transactions,
    private readonly held: Held,
    private readonly threads: Threads,
    private readonly conversations: ConversationsRepository,
    private readonly patients: PatientsFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  /**
   * An open conversation takes both; a closed one only a patient, and only while it has none. Throws not-found,
   * conversation.closed, conversation.unknown-patient, conversation.nothing-to-assign.
   */
  run(ctx: Context, id: Uuid, assignment: Assignment): Promise<void> {
    const { patientId, assignee } = assignment;
    if (patientId === undefined && assignee === undefined) throw nothingToAssign();
    return this.transactions.run(ctx, async (tx) => {
      const conversation = await this.held.get(tx, id);
      assertOpenFor(conversation, assignment);
      if (patientId !== undefined) await this.name(tx, conversation, patientId);
      if (assignee !== undefined) await this.conversations.change(tx, id, { assignee });
      await this.audit.record(tx, {
        type: 'conversation.assigned',
        action: 'U',
        entity: { kind: 'conversation', id },
        ...(patientId && { patientId }),
        detail: { named: patientId !== undefined, owned: typeof assignee === 'string' },
      });
    });
  }

  private async name(tx: TxContext, conversation: Conversation, patientId: Uuid): Promise<void> {
    const records = await this.patients.recordsOf(tx, patientId);
    if (conversation.patientId !== null && records.includes(conversation.patientId)) return;
    if (!(await this.patients.get(tx, patientId))) throw unknownPatient();
    await this.threads.attribute(tx, conversation, records[0]!);
    if (conversation.state === 'closed') await this.events.publish(tx, PatientNamed, [conversation.id]);
  }
}

function assertOpenFor(conversation: Conversation, { patientId, assignee }: Assignment): void {
  if (conversation.state === 'open') return;
  const names = patientId !== undefined && assignee === undefined;
  if (!names || (conversation.patientId !== null && conversation.patientId !== patientId))
    throw closedAlready();
}
