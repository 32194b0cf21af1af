import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Metrics } from '../../../platform/health/metrics.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { enterInError } from './entered-in-error.js';
import type { Where } from './find-copies.js';

type Row = Pick<WriteEntity, 'id' | 'connectionId' | 'extra'>;

/** What lies in an EHR beside the one Communication that should: what becomes of it, and who is told. */
@Injectable()
export class ExtraCopies {
  private readonly found: Counter;

  constructor(
    private readonly transactions: Transactions,
    private readonly writes: WritesRepository,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    metrics: Metrics,
  ) {
    this.found = metrics.counter('fhir_extra_copies', 'Copies too many of what we wrote', ['result']);
  }

  /** Withdraws those that are too many; what stays is told to staff, once. Throws as a write does. */
  async withdraw(ctx: Context, where: Where, { row, ids }: { row: Row; ids: string[] }): Promise<void> {
    let left = 0;
    for (const id of ids) if ((await enterInError(where, id)) === 'unsupported') left++;
    // Those that stay were told of before.
    if (ids.length === left && left <= row.extra)
      return left < row.extra ? this.note(ctx, row, left) : undefined;
    await this.alarm(ctx, row, { left, marked: ids.length - left });
  }

  /**
   * A copy that the EHR did not keep as it was given must not stand there as if it were the record. Noted before anything
   * else, so that no later try takes it for the record; where it cannot be withdrawn now, staff are told, and the nightly
   * count tries again.
   */
  async spoilt(
    ctx: Context,
    where: Where,
    { row, lease, id }: { row: Row; lease: WriteLease; id: string },
  ): Promise<void> {
    await this.transactions.run(ctx, (tx) => this.writes.spoilt(tx, lease, id));
    const marked = await enterInError(where, id).catch((error: unknown) => {
      if (error instanceof FhirFault) return 'unsupported' as const;
      throw error;
    });
    if (marked === 'unsupported') return this.alarm(ctx, row, { left: row.extra + 1, marked: 0 });
    await this.transactions.run(ctx, (tx) => this.record(tx, row, { left: row.extra, marked: 1 }));
  }

  private async alarm(ctx: Context, row: Row, { left, marked }: { left: number; marked: number }) {
    this.found.inc({ result: 'withdrawn' }, marked);
    this.found.inc({ result: 'left' }, left);
    await this.transactions.run(ctx, async (tx) => {
      await this.writes.setExtra(tx, row.id, left);
      await this.record(tx, row, { left, marked });
      // Those that stayed till now: what staff were told to do is done.
      if (left === 0 && row.extra > 0) return this.settled(tx, row);
      await this.worklist.raise(tx, {
        kind: 'ehr-copies',
        reason: left > 0 ? 'ehr-cannot-withdraw' : 'withdrawn',
        key: `ehr-copies:${row.id}`,
        subject: { kind: 'ehr-connection', id: row.connectionId },
        detail: { withdrawn: marked, left },
      });
    });
  }

  /** The hospital withdrew some itself. */
  private note(ctx: Context, row: Row, left: number): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.writes.setExtra(tx, row.id, left);
      if (left === 0) await this.settled(tx, row);
    });
  }

  private async settled(tx: TxContext, { id }: Row): Promise<void> {
    await this.worklist.resolve(tx, `ehr-copies:${id}`, 'withdrawn');
  }

  private record(
    ctx: Context,
    row: Row,
    { left, marked }: { left: number; marked: number },
  ): Promise<unknown> {
    return this.audit.record(ctx, {
      type: 'ehr-write.copies-found',
      action: 'U',
      entity: { kind: 'ehr-write', id: row.id },
      detail: { withdrawn: marked, left },
    });
  }
}
