import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** Ends what waits for these patients, in the caller's transaction, before it stores the death: once it commits, nothing of it begins. */
export type EndOf = (ctx: TxContext, patientIds: readonly Uuid[]) => Promise<void>;

/** Whoever has something waiting for a patient registers here, while the modules start, to end it with the patient. */
@Injectable()
export class Deaths {
  private readonly ends: EndOf[] = [];

  register(end: EndOf): void {
    this.ends.push(end);
  }

  async tell(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    if (patientIds.length === 0) return;
    for (const end of this.ends) await end(ctx, patientIds);
  }
}
