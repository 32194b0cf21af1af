import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { ConversationsFacade } from '../../conversations/index.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { Sealing } from './sealing.js';
import { WRITE_LOOP } from './write.js';

/** Composes the summary of a conversation that has closed, once. */
@Injectable()
export class Compose {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsFacade,
    private readonly summaries: SummariesRepository,
    private readonly sealing: Sealing,
    private readonly worklist: WorklistFacade,
    private readonly loops: Loops,
  ) {}

  /** Also after staff named the patient of one that was held. */
  async run(ctx: Context, conversationIds: Uuid[]): Promise<void> {
    for (const id of conversationIds) await this.transactions.run(ctx, (tx) => this.one(tx, id));
  }

  private async one(tx: TxContext, conversationId: Uuid): Promise<void> {
    const composedAt = await nowIn(tx);
    await this.summaries.add(tx, { id: newId(), conversationId, composedAt, state: 'held' });
    const summary = (await this.summaries.lockOf(tx, conversationId))!;
    if (summary.state !== 'held') return;
    const transcript = await this.conversations.transcriptOf(tx, conversationId);
    if (!transcript.patientId) return this.hold(tx, conversationId);
    const { patientId } = transcript;
    const sealed = await this.sealing.run(tx, summary.id, { ...transcript, patientId }).catch(refusedFor);
    await this.summaries.change(tx, summary.id, { patientId, composedAt, dueAt: composedAt, ...sealed });
    await this.worklist.resolve(tx, heldKey(conversationId), 'patient-named');
    afterCommit(tx, () => void this.loops.wake(WRITE_LOOP));
  }

  private async hold(tx: TxContext, conversationId: Uuid): Promise<void> {
    await this.worklist.raise(tx, {
      kind: 'summary-held',
      reason: 'patient-unknown',
      key: heldKey(conversationId),
      subject: { kind: 'conversation', id: conversationId },
    });
  }
}

function heldKey(conversationId: Uuid): string {
  return `summary-held:${conversationId}`;
}

/** What can never be sealed, such as an erased patient's, is refused for good; anything else is tried again. */
function refusedFor(error: unknown): Partial<SummaryEntity> {
  if (error instanceof Fault && !error.retryable && error.kind === 'gone') {
    return { state: 'refused', reason: error.code };
  }
  throw error;
}
