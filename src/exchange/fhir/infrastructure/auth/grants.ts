import { Injectable } from '@nestjs/common';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { canonicalJson } from '../../domain/canonical.js';
import type { Scopes } from '../../domain/smart.js';
import { ConnectionsRepository } from '../connections.repository.js';
import { SyncRepository } from '../sync.repository.js';

/** What each token was granted, held against what the EHR was last found to be able to do. */
@Injectable()
export class Grants {
  constructor(
    private readonly transactions: Transactions,
    private readonly connections: ConnectionsRepository,
    private readonly syncs: SyncRepository,
  ) {}

  /** Another grant than the one that the capabilities were found with: the EHR is probed anew, soon. */
  compare(ctx: Context, connectionId: Uuid, { granted }: Scopes): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const known = (await this.connections.get(tx, connectionId))?.capabilities?.scopes?.granted;
      if (known && canonicalJson([...granted].sort()) !== canonicalJson(known))
        await this.syncs.probeNow(tx, connectionId);
    });
  }
}
