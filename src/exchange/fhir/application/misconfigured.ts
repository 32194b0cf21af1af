import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PARAMETER_IGNORED, type SyncFigures } from '../domain/figures.js';

/** An EHR that drops a filter of ours shows more than it was asked for: somebody must look at the connection. */
@Injectable()
export class Misconfigured {
  constructor(private readonly worklist: WorklistFacade) {}

  /** One item while it lasts; a sync of everything that was answered as asked ends it. */
  async note(ctx: TxContext, connectionId: Uuid, { warnings, full, complete }: SyncFigures): Promise<void> {
    const key = `fhir.misconfigured:${connectionId}`;
    if (warnings.includes(PARAMETER_IGNORED)) {
      await this.worklist.raise(ctx, {
        kind: 'ehr-connection',
        reason: 'search-filter-ignored',
        key,
        subject: { kind: 'ehr-connection', id: connectionId },
      });
    } else if (full && complete) {
      await this.worklist.resolve(ctx, key, 'filter-honoured');
    }
  }
}
