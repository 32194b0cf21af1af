import { Inject, Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { KEYRING, keyringUnavailable, type Keyring } from '../../../platform/keyring/keyring.js';
import { EpochsRepository } from '../infrastructure/epochs.repository.js';

/** Under which epoch keys are wrapped now. */
@Injectable()
export class Epochs {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly repository: EpochsRepository,
  ) {}

  /**
   * The current epoch, which stays until the end of the transaction whoever would destroy it: what is wrapped under it
   * is seen by nobody before the commit. Throws `vault.keyring-unavailable` for a keyring that lags behind, because it
   * is a copy or comes from a backup: it would wrap under an epoch that may be gone elsewhere.
   */
  async hold(tx: TxContext): Promise<number> {
    await this.repository.hold(tx);
    // The database first: a rotation that ends in between has put its key into the keyring before it told the database.
    const newest = await this.repository.newest(tx);
    const current = (await this.keyring.epochs(tx.organizationId)).at(-1)?.epoch ?? 0;
    if (current < newest) throw keyringUnavailable();
    return current;
  }
}
