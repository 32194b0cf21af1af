import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ResourceKey } from '../domain/reference.js';
import { FOLLOWED, type FollowedType } from '../domain/rows.js';
import { ResourcesRepository } from './resources.repository.js';

/** Records behind break-the-glass: automation ends there, and a person is told. */
@Injectable()
export class Restrictions {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  async mark(ctx: Context, connectionId: Uuid, { type, id }: ResourceKey): Promise<void> {
    if (!FOLLOWED.includes(type as FollowedType)) return;
    const rows = { connectionId, type: type as FollowedType };
    await this.transactions.run(ctx, async (tx) => {
      const resourceId = await this.resources.markRestricted(tx, rows, id);
      await this.worklist.raise(tx, {
        kind: 'ehr-access',
        reason: 'record-restricted',
        // The same as for a record that is merely forbidden: one item tells of both.
        key: `fhir.forbidden:${resourceId}`,
        subject: { kind: type.toLowerCase(), id: resourceId },
        ...(type === 'Patient' && { patientId: resourceId }),
      });
    });
  }
}
