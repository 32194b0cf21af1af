import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { ConversationsFacade, type Transcript } from '../../conversations/index.js';
import { mayWait } from '../domain/waiting.policy.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { LateAnswers } from './late-answers.js';
import { Sealing } from './sealing.js';
import { WRITE_LOOP } from './write.js';

export const COMPOSE_LOOP = 'summaries.compose';

const BATCH = 20;

/** An answer that is late comes in seconds, or in the minutes of an EHR that is away. */
const WAIT_SECONDS = 15;

/** Composes the summary of a conversation that has closed, once. */
@Injectable()
export class Compose {
  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsFacade,
    private readonly summaries: SummariesRepository,
    private readonly lateAnswers: LateAnswers,
    private readonly sealing: Sealing,
    private readonly worklist: WorklistFacade,
    private readonly loops: Loops,
  ) {}

  /** Also after staff named the patient of one that was held. Each alone; then throws the first one's failure. */
  async run(ctx: Context, conversationIds: Uuid[]): Promise<void> {
    const failures: unknown[] = [];
    for (const id of conversationIds) {
      await this.transactions
        .run(ctx, (tx) => this.one(tx, id))
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Looks again at those that wait for an answer. Returns how many were due. */
  async claim(ctx: Context): Promise<number> {
    const ids = await this.transactions.run(ctx, (tx) =>
      this.summaries.claimWaiting(tx, BATCH, WAIT_SECONDS),
    );
    await this.run(ctx, ids);
    return ids.length;
  }

  private async one(tx: TxContext, conversationId: Uuid): Promise<void> {
    const now = await nowIn(tx);
    await this.summaries.add(tx, { id: newId(), conversationId, composedAt: now, state: 'held' });
    const summary = (await this.summaries.lockOf(tx, conversationId))!;
    if (summary.state !== 'held') return;
    const awaited = await this.lateAnswers.awaited(tx, conversationId);
    const transcript = await this.conversations.transcriptOf(tx, conversationId);
    if (!transcript.patientId) return this.hold(tx, conversationId);
    if (awaited && mayWait(summary.composedAt, now)) return this.wait(tx, summary.id, now);
    await this.compose(tx, summary.id, { ...transcript, patientId: transcript.patientId });
    await this.worklist.resolve(tx, heldKey(conversationId), 'patient-named');
    afterCommit(tx, () => {
      failpoint('summary.written');
      void this.loops.wake(WRITE_LOOP);
    });
  }

  private async compose(
    tx: TxContext,
    id: Uuid,
    transcript: Transcript & { patientId: Uuid },
  ): Promise<void> {
    const composedAt = await nowIn(tx);
    const { patientId } = transcript;
    const sealed = await this.sealing.run(tx, id, transcript).catch(refusedFor);
    await this.summaries.change(tx, id, {
      patientId,
      composedAt,
      dueAt: composedAt,
      reason: null,
      ...sealed,
    });
  }

  private async wait(tx: TxContext, id: Uuid, now: Date): Promise<void> {
    const dueAt = new Date(now.getTime() + WAIT_SECONDS * 1_000);
    await this.summaries.change(tx, id, { dueAt, reason: 'answer-awaited' });
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
