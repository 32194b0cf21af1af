import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { RetractionReason } from '../domain/summary.states.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { beingWritten, notComposed } from '../summaries.errors.js';
import { WRITE_LOOP } from './write.js';

/** Takes a summary back: nobody opens it here any more, and the EHR's copy becomes entered-in-error. */
@Injectable()
export class Retract {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly audit: AuditFacade,
    private readonly loops: Loops,
  ) {}

  /** Taking back what was taken back changes nothing. Throws not-found, summary.not-composed, summary.being-written. */
  run(ctx: Context, id: Uuid, reason: RetractionReason): Promise<SummaryEntity> {
    return this.transactions.run(ctx, async (tx) => {
      const summary = await this.summaries.lock(tx, id);
      if (!summary) throw notFound('summary');
      if (summary.retractReason !== null) return summary;
      if (!summary.recordSealed) throw notComposed();
      if (summary.state === 'writing') throw beingWritten();
      await this.summaries.change(tx, id, {
        state: 'retracting',
        retractReason: reason,
        reason: null,
        attempts: 0,
        dueAt: await nowIn(tx),
      });
      await this.audit.record(tx, {
        type: 'summary.retracted',
        action: 'D',
        entity: { kind: 'summary', id },
        patientId: summary.patientId!,
        detail: { reason },
      });
      afterCommit(tx, () => void this.loops.wake(WRITE_LOOP));
      return (await this.summaries.get(tx, id))!;
    });
  }
}
