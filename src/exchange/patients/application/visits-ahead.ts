import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** Which of these patients have a visit to come that stands. */
export type AskVisitsAhead = (ctx: TxContext, patientIds: readonly Uuid[]) => Promise<Set<Uuid>>;

/** Whoever keeps visits registers here, while the modules start, to tell who has one to come. */
@Injectable()
export class VisitsAhead {
  private ask: AskVisitsAhead | null = null;

  register(ask: AskVisitsAhead): void {
    this.ask = ask;
  }

  async among(ctx: TxContext, patientIds: readonly Uuid[]): Promise<Set<Uuid>> {
    return patientIds.length === 0 || !this.ask ? new Set() : this.ask(ctx, patientIds);
  }
}
