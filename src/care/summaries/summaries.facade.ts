import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { PatientsFacade } from '../../exchange/patients/index.js';
import { Correct } from './application/correct.js';
import { Retract } from './application/retract.js';
import type { RetractionReason, SummaryStatus } from './domain/summary.states.js';
import { SummariesRepository, type SummariesBacklog } from './infrastructure/summaries.repository.js';
import { statusOf } from './infrastructure/summary.entity.js';

/** What became of the summaries of closed conversations. */
@Injectable()
export class SummariesFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly patients: PatientsFacade,
    private readonly correcting: Correct,
    private readonly retracting: Retract,
  ) {}

  /** The summaries of all the patient's records, newest first: ids, states and times, no content. */
  forPatient(ctx: Context, patientId: Uuid): Promise<SummaryStatus[]> {
    return this.transactions.run(ctx, async (tx) => {
      const records = await this.patients.recordsOf(tx, patientId);
      const rows = await this.summaries.ofPatients(tx, records);
      return rows.map((row) => ({ ...statusOf(row), patientId: records[0]! }));
    });
  }

  /** Adds what staff says against a summary, as one that follows it. Throws not-found, summary.not-composed, summary.retracted. */
  async correct(ctx: Context, id: Uuid, note: string): Promise<SummaryStatus> {
    return statusOf(await this.correcting.run(ctx, id, note));
  }

  /** Takes a summary back, here at once and in the EHR by itself. Throws not-found, summary.not-composed, summary.being-written. */
  async retract(ctx: Context, id: Uuid, reason: RetractionReason): Promise<SummaryStatus> {
    return statusOf(await this.retracting.run(ctx, id, reason));
  }

  /** Summaries that are overdue on their way to the EHR, and those that it never took in the last week. */
  backlog(ctx: Context): Promise<SummariesBacklog> {
    return this.transactions.run(ctx, (tx) => this.summaries.backlog(tx));
  }
}
