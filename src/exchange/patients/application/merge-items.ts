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

  /**
   * These records are said to be somebody's who was erased. Whether they shall be erased too is for a person to say, by
   * asking for it: the EHR may be wrong, and what is destroyed does not come back.
   */
  async intoErased(ctx: TxContext, mergedIds: readonly Uuid[]): Promise<void> {
    for (const id of mergedIds) {
      await this.worklist.resolve(ctx, mergedKey(id), 'merged-into-erased');
      await this.worklist.raise(ctx, {
        kind: 'patient-merged-into-erased',
        reason: 'erase-too',
        key: intoErasedKey(id),
        subject: { kind: 'patient', id },
        patientId: id,
      });
    }
  }

  /** Whoever these stand under now, it is nobody who was erased. */
  async underLiving(ctx: TxContext, mergedIds: readonly Uuid[]): Promise<void> {
    for (const id of mergedIds) await this.worklist.resolve(ctx, intoErasedKey(id), 'merged-anew-in-ehr');
  }

  async parted(ctx: TxContext, mergedIds: readonly Uuid[]): Promise<void> {
    for (const id of mergedIds) {
      await this.worklist.resolve(ctx, mergedKey(id), 'parted-in-ehr');
      await this.worklist.resolve(ctx, intoErasedKey(id), 'parted-in-ehr');
    }
  }

  async erased(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    for (const id of patientIds) await this.worklist.resolve(ctx, intoErasedKey(id), 'erased');
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

function intoErasedKey(mergedId: Uuid): string {
  return `patient-merged-into-erased:${mergedId}`;
}

function brokenKey(patientId: Uuid): string {
  return `patient-merge-broken:${patientId}`;
}
