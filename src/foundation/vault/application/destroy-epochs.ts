import { Inject, Injectable } from '@nestjs/common';
import { detached, type Context, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { AuditFacade } from '../../audit/index.js';
import { epochStates, isDueForDestruction, type EpochState } from '../domain/epoch.policy.js';
import { EpochsRepository } from '../infrastructure/epochs.repository.js';

export interface DestroyedEpochs {
  destroyed: number[];
  /** Older epochs that stay, because data keys still hang on them. */
  refused: { epoch: number; keys: number }[];
}

/** Ends older epochs, and with them every backup that was made under them. */
@Injectable()
export class DestroyEpochs {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly repository: EpochsRepository,
    private readonly audit: AuditFacade,
  ) {}

  /** `due`: only those that were replaced 35 days ago or earlier. */
  destroy(ctx: Context, which: 'all' | 'due'): Promise<DestroyedEpochs> {
    return this.transactions.run(ctx, async (tx) => {
      // Nobody wraps now, so that what the count sees is all there is.
      await this.repository.take(tx);
      const older = (await this.older(tx)).filter(
        ({ replacedAt }) => which === 'all' || isDueForDestruction(replacedAt, new Date()),
      );
      const refused = older.filter(({ keys }) => keys > 0).map(({ epoch, keys }) => ({ epoch, keys }));
      const destroyed = older.filter(({ keys }) => keys === 0).map(({ epoch }) => epoch);
      for (const epoch of destroyed) await this.end(tx, epoch);
      return { destroyed, refused };
    });
  }

  private async older(tx: TxContext): Promise<EpochState[]> {
    const held = await this.keyring.epochs(tx.organizationId);
    const states = epochStates(held, await this.repository.wraps(tx), new Date());
    return states.filter(({ replacedAt }) => replacedAt !== null);
  }

  /** Recorded before and by itself: a file cannot be rolled back, and none ends without a trace. */
  private async end(tx: TxContext, epoch: number): Promise<void> {
    await this.audit.record(detached(tx), { type: 'vault.epoch-destroyed', action: 'D', detail: { epoch } });
    await this.keyring.destroyEpoch(tx.organizationId, epoch);
  }
}
