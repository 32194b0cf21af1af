import { Injectable } from '@nestjs/common';
import { type Context, detached } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Retraction, RetractionResult } from '../domain/writes.js';
import { Clients } from '../infrastructure/clients.js';
import { unknownOutcome, writeRunning } from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { enterInError } from './entered-in-error.js';
import { findCopies, type Where } from './find-copies.js';
import { Probe } from './probe.js';
import { soughtRow } from './sought-row.js';

/** Takes back what was written: every copy of it becomes entered-in-error. */
@Injectable()
export class Retract {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly writes: WritesRepository,
  ) {}

  async run(caller: Context, { connectionId, identifier }: Retraction): Promise<RetractionResult> {
    const ctx = detached(caller);
    const row = await this.transactions.run(ctx, (tx) =>
      this.writes.find(tx, { connectionId, type: 'Communication', identifier }),
    );
    if (!row || row.posts === 0) return 'absent';
    if (row.state === 'withdrawn') return 'retracted';
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const connected = await this.clients.of(ctx, connectionId);
    const lease = await this.transactions.run(ctx, (tx) => this.writes.take(tx, row.id));
    if (!lease) throw writeRunning();
    return this.leased(ctx, { connected, capabilities }, { row, lease });
  }

  private async leased(
    ctx: Context,
    where: Where,
    { row, lease }: { row: WriteEntity; lease: WriteLease },
  ): Promise<RetractionResult> {
    try {
      const result = await this.mark(where, row, lease);
      await this.transactions.run(ctx, (tx) =>
        result === 'unsupported' ? this.writes.release(tx, lease) : this.writes.withdrawn(tx, lease),
      );
      return result;
    } catch (error) {
      await this.transactions.run(ctx, (tx) => this.writes.release(tx, lease));
      throw error;
    }
  }

  private async mark(where: Where, row: WriteEntity, lease: WriteLease): Promise<RetractionResult> {
    const found = await findCopies(where, soughtRow(row, lease.now), { thorough: row.fhirId === null });
    const shown = (found ?? []).map(({ id }) => id!);
    const ids = row.fhirId === null ? shown : [row.fhirId, ...shown];
    if (ids.length === 0) return this.none(found !== null, lease);
    for (const id of new Set(ids)) {
      if (!(await enterInError(where, id))) return 'unsupported';
    }
    return 'retracted';
  }

  /** A search that shows none soon after a create without an answer proves nothing. */
  private none(searchable: boolean, lease: WriteLease): RetractionResult {
    if (!searchable) return 'unsupported';
    if (lease.doubtful && lease.fresh) throw unknownOutcome();
    return 'absent';
  }
}
