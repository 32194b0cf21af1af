import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { readAgainAt } from '../domain/retry.policy.js';
import { nowIn } from '../infrastructure/now.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { each } from './each.js';
import { HandOver } from './hand-over.js';
import { VisitReader } from './visit-reader.js';

const BATCH = 24;

/** Reads and transactions side by side: each takes one of the pool's sixteen connections. */
const WIDTH = 6;

interface Claimed {
  id: Uuid;
  appointmentId: Uuid;
}

/** Claims steps whose time has come, reads each visit from the EHR, and decides them one by one. */
@Injectable()
export class StepsLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly steps: StepsRepository,
    private readonly reader: VisitReader,
    private readonly handOver: HandOver,
    private readonly log: Log,
  ) {}

  async claim(ctx: Context): Promise<number> {
    const due = await this.transactions.run(ctx, (tx) => this.steps.claimDue(tx, BATCH));
    await each(due, WIDTH, (step) => this.turn(ctx, step));
    return due.length;
  }

  private async turn(ctx: Context, step: Claimed): Promise<void> {
    try {
      await this.decide(ctx, step);
    } catch (error) {
      // The claim goes on with the next; this one says why it waits.
      this.log.warn('scheduling.step-failed', { organization_id: ctx.organizationId, id: step.id }, error);
      await this.transactions.run(ctx, (tx) => this.failed(tx, step.id, error));
    }
  }

  private async decide(ctx: Context, { id, appointmentId }: Claimed): Promise<void> {
    const visit = await this.transactions.run(ctx, (tx) => this.handOver.isToSend(tx, id, appointmentId));
    if (!visit) return;
    const seen = await this.reader.read(ctx, visit);
    await this.transactions.run(ctx, async (tx) => {
      await this.reader.absorb(tx, visit, seen);
      await this.handOver.decide(tx, id, appointmentId, seen);
    });
  }

  private async failed(ctx: TxContext, id: Uuid, error: unknown): Promise<void> {
    const step = await this.steps.get(ctx, id);
    if (step?.state !== 'planned') return;
    const reason = error instanceof Fault ? error.code : 'internal';
    await this.steps.defer(ctx, id, { at: readAgainAt(step, await nowIn(ctx)), reason });
  }
}
