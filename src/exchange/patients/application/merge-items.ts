import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

export const MERGED_KIND = 'patient-merged';
/** By this resolution a person says that the merged record's numbers are the survivor's too. */
export const NUMBERS_CONFIRMED = 'numbers-confirmed';

/** What a person should look at after a merge: one item for each merged record, and one for each loop. */
@Injectable()
export class MergeItems {
  constructor(private readonly worklist: WorklistFacade) {}

  /** The records differ in something that a merge must not decide by itself. The first reason stays. */
  async doubt(ctx: TxContext, about: { mergedId: Uuid; survivorId: Uuid; reason: string }): Promise<void> {
    const { mergedId, survivorId, reason } = about;
    await this.worklist.raise(ctx, {
      kind: MERGED_KIND,
      reason,
      key: mergedKey(mergedId),
      subject: { kind: 'patient', id: mergedId },
      patientId: survivorId,
    });
  }

  async parted(ctx: TxContext, mergedIds: readonly Uuid[]): Promise<void> {
    for (const id of mergedIds) await this.worklist.resolve(ctx, mergedKey(id), 'parted-in-ehr');
  }

  /** The merges of the EHR have no end. */
  async broken(ctx: TxContext, reason: 'loop' | 'too-long', patientId: Uuid): Promise<void> {
    await this.worklist.raise(ctx, {
      kind: 'patient-merge-broken',
      reason,
      key: brokenKey(patientId),
      subject: { kind: 'patient', id: patientId },
      patientId,
    });
  }

  async mended(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    for (const id of patientIds) await this.worklist.resolve(ctx, brokenKey(id), 'mended-in-ehr');
  }
}

function mergedKey(mergedId: Uuid): string {
  return `${MERGED_KIND}:${mergedId}`;
}

function brokenKey(patientId: Uuid): string {
  return `patient-merge-broken:${patientId}`;
}
