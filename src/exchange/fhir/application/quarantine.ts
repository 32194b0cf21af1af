import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { BadRow } from '../domain/incoming.js';
import { QuarantineRepository } from '../infrastructure/quarantine.repository.js';
import type { RowKey } from '../infrastructure/resources.repository.js';

/** Puts rows aside that cannot be used, and keeps staff told how many visits are among them, by reason. */
@Injectable()
export class Quarantine {
  constructor(
    private readonly rows: QuarantineRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  async put(ctx: TxContext, connectionId: Uuid, bad: BadRow[]): Promise<void> {
    await this.rows.put(ctx, connectionId, bad);
    if (bad.some(({ type }) => type === 'Appointment')) await this.tell(ctx, connectionId);
  }

  /** Rows that are sound now, or that the EHR has no more. */
  async release(ctx: TxContext, connectionId: Uuid, keys: readonly RowKey[]): Promise<void> {
    if (await this.rows.release(ctx, connectionId, keys)) await this.tell(ctx, connectionId);
  }

  /** One item per EHR: a clinic that forgets the times of its visits forgets them for many. */
  private async tell(ctx: TxContext, connectionId: Uuid): Promise<void> {
    const detail = await this.rows.unusableVisits(ctx, connectionId);
    const key = `ehr-data-quality:${connectionId}`;
    if (Object.keys(detail).length === 0)
      return void (await this.worklist.resolve(ctx, key, 'mended-in-ehr'));
    await this.worklist.raise(ctx, {
      kind: 'ehr-data-quality',
      reason: 'visits-unusable',
      key,
      subject: { kind: 'ehr-connection', id: connectionId },
      detail,
    });
  }
}
