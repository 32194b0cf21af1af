import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import { Log } from '../../../../platform/logging/log.js';
import type { KeptEntity } from '../../infrastructure/kept.entity.js';
import { KeptRepository } from '../../infrastructure/kept.repository.js';
import { Outbox } from '../outbox.js';
import { KeptContent } from './kept-content.js';
import { refusedKey } from './refused-item.js';
import { Survivors } from './survivors.js';
import { WriteOrKeep } from './write-or-keep.js';

/** Writes what was kept once the EHR is found to offer it. */
@Injectable()
export class WriteKept {
  constructor(
    private readonly transactions: Transactions,
    private readonly kept: KeptRepository,
    private readonly content: KeptContent,
    private readonly survivors: Survivors,
    private readonly outbox: Outbox,
    private readonly writing: WriteOrKeep,
    private readonly worklist: WorklistFacade,
    private readonly log: Log,
  ) {}

  /** The loop's work: one resource. */
  async claim(ctx: Context): Promise<number> {
    const row = await this.transactions.run(ctx, (tx) => this.kept.takeDue(tx));
    if (!row) return 0;
    try {
      await this.write(ctx, row);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await this.failed(ctx, row, error);
    }
    return 1;
  }

  private async write(ctx: Context, row: KeptEntity): Promise<void> {
    const { connectionId, identifierSystem: system, identifierValue: value } = row;
    const content = await this.content.open(ctx, row);
    if (!content) return;
    const resource = await this.survivors.inPlace(ctx, row.patientId, content);
    const { fhirId } = await this.outbox.run(ctx, { connectionId, identifier: { system, value }, resource });
    await this.transactions.run(ctx, (tx) => this.writing.settle(tx, row, fhirId));
  }

  /** What may pass comes again by itself. What the EHR keeps closed or refuses stays here, and a person is told. */
  private async failed(ctx: Context, row: KeptEntity, { code, retryable }: Fault): Promise<void> {
    const { id, patientId } = row;
    this.log.warn('fhir.kept-not-written', { organization_id: ctx.organizationId, id, code });
    if (retryable) return;
    await this.transactions.run(ctx, async (tx) => {
      if (code === 'fhir.unsupported') return this.kept.wait(tx, id, null);
      const isClosed = code === 'fhir.restricted';
      await (isClosed ? this.kept.wait(tx, id, code) : this.kept.refused(tx, id, code));
      await this.worklist.raise(tx, {
        kind: 'kept-resource',
        reason: isClosed ? 'record-restricted' : 'ehr-refused',
        key: refusedKey(id),
        subject: { kind: 'kept-resource', id },
        patientId,
      });
    });
  }
}
