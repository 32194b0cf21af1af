import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { notComposed, retracted } from '../summaries.errors.js';
import { Sealing } from './sealing.js';
import { WRITE_LOOP } from './write.js';

/** What was written stays as it is; what is right follows it. */
@Injectable()
export class Correct {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly sealing: Sealing,
    private readonly audit: AuditFacade,
    private readonly loops: Loops,
  ) {}

  /** The correction, on its way to the EHR. Throws not-found, summary.not-composed, summary.retracted, the vault's Faults. */
  run(ctx: Context, id: Uuid, note: string): Promise<SummaryEntity> {
    return this.transactions.run(ctx, async (tx) => {
      const original = await this.summaries.lock(tx, id);
      if (!original) throw notFound('summary');
      if (!original.recordSealed) throw notComposed();
      if (original.retractReason !== null) throw retracted();
      const made = await this.add(tx, original, note);
      await this.audit.record(tx, {
        type: 'summary.corrected',
        action: 'C',
        entity: { kind: 'summary', id: original.id },
        patientId: original.patientId!,
        detail: { correction: made.id },
      });
      afterCommit(tx, () => void this.loops.wake(WRITE_LOOP));
      return made;
    });
  }

  private async add(tx: TxContext, original: SummaryEntity, note: string): Promise<SummaryEntity> {
    const id = newId();
    const at = await nowIn(tx);
    const by = tx.actor.id;
    const recordSealed = await this.sealing.correction(tx, { summaryId: id, original, note, by, at });
    await this.summaries.add(tx, {
      id,
      conversationId: original.conversationId,
      patientId: original.patientId,
      // A correction of a correction belongs to the first one too: readers find all of them there.
      correctsId: original.correctsId ?? original.id,
      author: by,
      state: 'composed',
      about: original.about,
      lastMessageAt: at,
      composedAt: at,
      dueAt: at,
      recordSealed,
    });
    return (await this.summaries.get(tx, id))!;
  }
}
