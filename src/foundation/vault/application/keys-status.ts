import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { epochStates, type EpochState } from '../domain/epoch.policy.js';
import { DataKeyRepository } from '../infrastructure/data-key.repository.js';
import { EpochsRepository } from '../infrastructure/epochs.repository.js';

export interface KeysState {
  /**
   * `none`: made at the first use. `away`: cannot be read. `foreign`: not those that this organization began with.
   * `behind`: without the newest epoch, so a copy or from a backup.
   */
  state: 'none' | 'readable' | 'away' | 'foreign' | 'behind';
  /** Names the keys without telling them. */
  identity: string | null;
  epochs: EpochState[];
}

/** How an organization's keys are; makes and changes none. */
@Injectable()
export class KeysStatus {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly dataKeys: DataKeyRepository,
    private readonly repository: EpochsRepository,
  ) {}

  of(ctx: Context): Promise<KeysState> {
    return this.transactions.run(ctx, async (tx) => {
      const registered = await this.dataKeys.keyringIdentity(tx);
      const identity = await this.keyring.identity(ctx.organizationId).catch(ignoreUnavailable);
      if (identity === null) return { state: registered ? 'away' : 'none', identity, epochs: [] };
      const held = await this.keyring.epochs(ctx.organizationId);
      const epochs = epochStates(held, await this.repository.wraps(tx), new Date());
      if (registered !== null && registered !== identity) return { state: 'foreign', identity, epochs };
      const current = held.at(-1)?.epoch ?? 0;
      const behind = current < (await this.repository.newest(tx));
      return { state: behind ? 'behind' : 'readable', identity, epochs };
    });
  }
}

function ignoreUnavailable(error: unknown): null {
  if (error instanceof Fault && error.code === 'vault.keyring-unavailable') return null;
  throw error;
}
