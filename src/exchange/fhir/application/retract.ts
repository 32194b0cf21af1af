import { Injectable } from '@nestjs/common';
import { type Context, detached, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Retraction, RetractionResult } from '../domain/writes.js';
import { Clients } from '../infrastructure/clients.js';
import { FhirFault, restricted, unknownOutcome, writeRunning } from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { enterInError, type Marked } from './entered-in-error.js';
import { findCopies, type Where } from './find-copies.js';
import { OffLimits } from './off-limits.js';
import { Probe } from './probe.js';
import { soughtRow } from './sought-row.js';

interface Taken {
  row: WriteEntity;
  lease: WriteLease;
}

/** Takes back what was written: every copy of it becomes entered-in-error. */
@Injectable()
export class Retract {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly writes: WritesRepository,
    private readonly offLimits: OffLimits,
  ) {}

  async run(caller: Context, retraction: Retraction): Promise<RetractionResult> {
    const ctx = detached(caller);
    const { connectionId, erase = false } = retraction;
    const taken = await this.transactions.run(ctx, (tx) => this.take(tx, retraction));
    if (typeof taken === 'string') return taken;
    return this.leased(ctx, taken, async () => {
      const capabilities = await this.probe.capabilities(ctx, connectionId);
      const where = { connected: await this.clients.of(ctx, connectionId), capabilities };
      const result = await this.mark(where, taken, erase);
      await this.transactions.run(ctx, (tx) => this.settle(tx, taken.lease, { result, erase }));
      return result;
    });
  }

  /** What never went out is withdrawn too: a writer that was about to send it then finds it so. */
  private async take(tx: TxContext, { connectionId, identifier, erase }: Retraction) {
    const { id, state } = await this.writes.place(tx, { connectionId, type: 'Communication', identifier });
    const isDone = state === 'withdrawn' && !erase;
    const lease = isDone ? null : await this.writes.take(tx, id);
    const row = (await this.writes.find(tx, { connectionId, type: 'Communication', identifier }))!;
    if (isDone) return row.posts === 0 ? 'absent' : 'retracted';
    if (!lease) throw writeRunning();
    if (row.posts > 0) {
      if (await this.offLimits.any(tx, connectionId, row.subjects)) throw restricted(403);
      return { row, lease };
    }
    await this.writes.withdrawn(tx, lease, { forget: true });
    return 'absent';
  }

  private async leased(
    ctx: Context,
    { row, lease }: Taken,
    work: () => Promise<RetractionResult>,
  ): Promise<RetractionResult> {
    try {
      return await work();
    } catch (error) {
      await this.transactions.run(ctx, (tx) => this.writes.release(tx, lease));
      if (error instanceof FhirFault && error.code === 'fhir.restricted')
        for (const subject of row.subjects) await this.offLimits.note(ctx, row.connectionId, subject);
      throw error;
    }
  }

  private settle(
    tx: TxContext,
    lease: WriteLease,
    { result, erase }: { result: RetractionResult; erase: boolean },
  ): Promise<void> {
    if (result === 'unsupported') return this.writes.release(tx, lease);
    // What is left there may have to be found again.
    return this.writes.withdrawn(tx, lease, { forget: erase && result !== 'content-left' });
  }

  private async mark(where: Where, { row, lease }: Taken, erase: boolean): Promise<RetractionResult> {
    const found = await findCopies(where, soughtRow(row, lease.now), { thorough: row.fhirId === null });
    const shown = (found ?? []).map(({ id }) => id!);
    const isKnown = row.fhirId !== null || shown.some((id) => !row.spoiltIds.includes(id));
    const none = isKnown ? null : this.none(found !== null, lease);
    const ids = new Set([...(row.fhirId === null ? [] : [row.fhirId]), ...row.spoiltIds, ...shown]);
    const marks = new Set<Marked>();
    for (const id of ids) marks.add(await enterInError(where, id, { empty: erase }));
    if (none === 'unsupported' || marks.has('unsupported')) return 'unsupported';
    if (marks.has('content-left')) return 'content-left';
    return ids.size === 0 ? 'absent' : 'retracted';
  }

  /** A search that shows none soon after a create without an answer proves nothing. */
  private none(searchable: boolean, lease: WriteLease): 'unsupported' | 'absent' {
    if (!searchable) return 'unsupported';
    if (lease.doubtful && lease.fresh) throw unknownOutcome();
    return 'absent';
  }
}
