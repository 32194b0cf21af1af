import { Injectable } from '@nestjs/common';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { readAgainAt } from '../domain/retry.policy.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { DueSteps, type Turn } from './due-steps.js';
import { each } from './each.js';
import { HandOver } from './hand-over.js';
import { Hearing } from './hearing.js';
import { VisitReader } from './visit-reader.js';

const BATCH = 24;

/** Reads and transactions side by side: each takes one of the pool's sixteen connections. */
const WIDTH = 6;

/** Claims steps whose time has come, reads each visit from the EHR, and decides them one by one. */
@Injectable()
export class StepsLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly due: DueSteps,
    private readonly steps: StepsRepository,
    private readonly reader: VisitReader,
    private readonly handOver: HandOver,
    private readonly patients: PatientsFacade,
    private readonly hearing: Hearing,
    private readonly log: Log,
  ) {}

  /** Returns how many were due; none while what patients wrote still waits to be read. */
  async claim(ctx: Context): Promise<number> {
    if (await this.hearing.isBehind(ctx)) return 0;
    const { claimed, turns } = await this.due.claim(ctx, BATCH);
    await each(turns, WIDTH, (turn) => this.take(ctx, turn));
    return claimed;
  }

  private async take(ctx: Context, turn: Turn): Promise<void> {
    try {
      await this.decide(ctx, turn);
    } catch (error) {
      const { id } = turn.step;
      // The claim goes on with the next; this one says why it waits.
      this.log.warn('scheduling.step-failed', { organization_id: ctx.organizationId, id }, error);
      await this.transactions.run(ctx, (tx) => this.failed(tx, id, error));
    }
  }

  private async decide(ctx: Context, turn: Turn): Promise<void> {
    const { patientId } = turn.visit;
    // Who may be told can have changed as well as the visit.
    if (patientId) await this.patients.refreshGuardians(ctx, [patientId]);
    const seen = await this.reader.readToSend(ctx, turn.visit);
    await this.transactions.run(ctx, async (tx) => {
      await this.reader.absorb(tx, turn.visit, seen);
      await this.handOver.decide(tx, turn, seen);
    });
  }

  private async failed(ctx: TxContext, id: Uuid, error: unknown): Promise<void> {
    const step = await this.steps.get(ctx, id);
    if (step?.state !== 'planned') return;
    const reason = error instanceof Fault ? error.code : 'internal';
    await this.steps.defer(ctx, id, { at: readAgainAt(step, await nowIn(ctx)), reason });
  }
}
