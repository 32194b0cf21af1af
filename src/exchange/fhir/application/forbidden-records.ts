import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ResourceKey } from '../domain/reference.js';
import type { FollowedType } from '../domain/rows.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';

/** Records that an EHR began to hide. */
@Injectable()
export class ForbiddenRecords {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  /** A person must find out why. Reminders are held by the read before each. What nobody knew here is let be. */
  tell(ctx: Context, connectionId: Uuid, { type, id }: ResourceKey): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const resourceId = await this.resources.idOf(tx, { connectionId, type: type as FollowedType }, id);
      if (!resourceId) return;
      await this.worklist.raise(tx, {
        kind: 'ehr-access',
        reason: 'record-forbidden',
        key: `fhir.forbidden:${resourceId}`,
        subject: { kind: type.toLowerCase(), id: resourceId },
      });
    });
  }
}
