import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Events } from '../../../platform/jobs/events.js';
import { Log } from '../../../platform/logging/log.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { setbackOf, type Setback } from '../domain/retry.policy.js';
import { SummaryWritten } from '../events.js';
import {
  OutboxRepository,
  SummariesRepository,
  type Claimed,
} from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { TakeBack, type TakenBack } from './take-back.js';
import { WriteBack, type WriteBackResult } from './write-back.js';

export const WRITE_LOOP = 'summaries.write';

/** Written at the same time: an EHR connection's own budget bounds them further. */
const BATCH = 8;

/** Longer than a search, a create and a read-back at their time limits, with the connection's queue before them. */
const LEASE_SECONDS = 300;

/** The outbox: brings composed summaries into the EHR. */
@Injectable()
export class Write {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly summaries: SummariesRepository,
    private readonly writeBack: WriteBack,
    private readonly takeBack: TakeBack,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  /** Returns how many were due. Each one's failure is its own. */
  async claim(ctx: Context): Promise<number> {
    const claimed = await this.transactions.run(ctx, async (tx) => {
      await this.outbox.endLeases(tx);
      return this.outbox.claim(tx, BATCH, LEASE_SECONDS);
    });
    await Promise.all(claimed.map((one) => this.attempt(ctx, one)));
    return claimed.length;
  }

  private async attempt(ctx: Context, claimed: Claimed): Promise<void> {
    const summary = (await this.transactions.run(ctx, (tx) => this.summaries.get(tx, claimed.id)))!;
    try {
      const result =
        claimed.was === 'retracting'
          ? await this.takeBack.run(ctx, summary)
          : await this.writeBack.run(ctx, claimed, summary);
      await this.transactions.run(ctx, (tx) => this.done(tx, { claimed, summary, result }));
    } catch (error) {
      await this.setBack(ctx, summary, { claimed, error });
    }
  }

  private async done(
    tx: TxContext,
    { claimed, summary, result }: { claimed: Claimed; summary: SummaryEntity; result: Done },
  ): Promise<void> {
    if (result.state === 'retracted') {
      const { state, reason } = result;
      if (!(await this.outbox.settle(tx, claimed, { state, reason, dueAt: null }))) return;
      if (reason !== null) await this.tell(tx, summary, { kind: 'summary-not-retracted', reason });
      return;
    }
    const { state, carrier, connectionId } = result;
    const place = result.state === 'written' ? { fhirId: result.fhirId, versionId: result.versionId } : {};
    const writtenAt = state === 'written' ? await nowIn(tx) : null;
    const values = { state, carrier, connectionId, ...place, writtenAt, reason: null, dueAt: null };
    if (!(await this.outbox.settle(tx, claimed, values))) return;
    if (result.state === 'written') await this.events.publish(tx, SummaryWritten, [claimed.id]);
    else if (result.missing.length > 0) await this.askForSettings(tx, connectionId);
  }

  /** Once per connection, not once per summary. */
  private async askForSettings(tx: TxContext, connectionId: string): Promise<void> {
    await this.worklist.raise(tx, {
      kind: 'ehr-settings',
      reason: 'summary-people-missing',
      key: `ehr-settings:summary:${connectionId}`,
      subject: { kind: 'ehr-connection', id: connectionId },
    });
  }

  private async setBack(
    ctx: Context,
    summary: SummaryEntity,
    { claimed, error }: { claimed: Claimed; error: unknown },
  ): Promise<void> {
    const setback = setbackOf(error, claimed.was, claimed.attempt);
    const fields = { organization_id: ctx.organizationId, id: claimed.id, reason: setback.reason };
    this.log.warn('summaries.not-written', { ...fields, attempt: claimed.attempt }, error);
    await this.transactions.run(ctx, async (tx) => {
      const { state, reason } = setback;
      if (await this.outbox.settle(tx, claimed, { state, reason })) await this.follow(tx, summary, setback);
    });
  }

  private async follow(tx: TxContext, summary: SummaryEntity, setback: Setback): Promise<void> {
    if ('pauseSeconds' in setback) return this.outbox.postpone(tx, summary.id, setback.pauseSeconds);
    const { state, reason } = setback;
    const kind = state === 'retracted' ? 'summary-not-retracted' : 'summary-not-written';
    await this.tell(tx, summary, { kind, reason });
  }

  private async tell(
    tx: TxContext,
    summary: SummaryEntity,
    { kind, reason }: { kind: 'summary-not-written' | 'summary-not-retracted'; reason: string },
  ): Promise<void> {
    await this.worklist.raise(tx, {
      kind,
      reason,
      key: `${kind}:${summary.id}`,
      subject: { kind: 'summary', id: summary.id },
      ...(summary.patientId && { patientId: summary.patientId }),
    });
  }
}

type Done = WriteBackResult | TakenBack;
