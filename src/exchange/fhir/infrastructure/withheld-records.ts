import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ResourceKey } from '../domain/reference.js';
import { FOLLOWED, type FollowedType } from '../domain/rows.js';
import { WithheldRecordsRepository } from './withheld-records.repository.js';
import { type RowKey, ResourcesRepository } from './resources.repository.js';

/** Records that an EHR keeps from us: staff are told once, and no more when it shows them again. */
@Injectable()
export class WithheldRecords {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly withheld: WithheldRecordsRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  /** Break-the-glass: automation ends there. A record of which nobody knew yet is one from now on. */
  async restrict(ctx: Context, connectionId: Uuid, key: ResourceKey): Promise<void> {
    if (!isFollowed(key)) return;
    const { type, id } = key;
    await this.transactions.run(ctx, async (tx) => {
      const resourceId = await this.withheld.restrict(tx, { connectionId, type }, id);
      await this.raise(tx, { type, id: resourceId }, 'record-restricted');
    });
  }

  /** Merely refused. Reminders are held by the read before each. What nobody knew here is let be. */
  async forbid(ctx: Context, connectionId: Uuid, key: ResourceKey): Promise<void> {
    if (!isFollowed(key)) return;
    const { type, id } = key;
    await this.transactions.run(ctx, async (tx) => {
      const resourceId = await this.resources.idOf(tx, { connectionId, type }, id);
      if (!resourceId) return;
      await this.withheld.forbid(tx, resourceId);
      await this.raise(tx, { type, id: resourceId }, 'record-forbidden');
    });
  }

  /** The EHR answers for these again, or has them no more: `resolution` says which. Others are left alone. */
  async open(
    ctx: TxContext,
    connectionId: Uuid,
    { keys, resolution }: { keys: readonly RowKey[]; resolution: string },
  ): Promise<void> {
    if (keys.length === 0) return;
    for (const id of await this.withheld.open(ctx, connectionId, keys))
      await this.resolve(ctx, id, resolution);
  }

  /** The connection is switched off: nobody need look into this EHR for us. The records stay as they are. */
  async letBe(ctx: TxContext, connectionId: Uuid): Promise<void> {
    for (const id of await this.withheld.all(ctx, connectionId))
      await this.resolve(ctx, id, 'connection-disabled');
  }

  /** A person must find out why. */
  private async raise(ctx: TxContext, { type, id }: WithheldKey, reason: string): Promise<void> {
    await this.worklist.raise(ctx, {
      kind: 'ehr-access',
      reason,
      key: keyOf(id),
      subject: { kind: type.toLowerCase(), id },
      ...(type === 'Patient' && { patientId: id }),
    });
  }

  private async resolve(ctx: TxContext, id: Uuid, resolution: string): Promise<void> {
    await this.worklist.resolve(ctx, keyOf(id), resolution);
  }
}

interface WithheldKey {
  type: FollowedType;
  id: Uuid;
}

function isFollowed(key: ResourceKey): key is ResourceKey & { type: FollowedType } {
  return FOLLOWED.includes(key.type as FollowedType);
}

/** One for both: a record that is refused may turn out to be behind break-the-glass. */
function keyOf(resourceId: Uuid): string {
  return `fhir.forbidden:${resourceId}`;
}
