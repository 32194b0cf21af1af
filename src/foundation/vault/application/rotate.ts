import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { AuditFacade } from '../../audit/index.js';
import { EpochsRepository } from '../infrastructure/epochs.repository.js';
import { Epochs } from './epochs.js';
import { KeyringRegistration } from './keyring-registration.js';

/** A new epoch of an organization's key-encryption key. */
@Injectable()
export class Rotate {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly registration: KeyringRegistration,
    private readonly transactions: Transactions,
    private readonly epochs: Epochs,
    private readonly repository: EpochsRepository,
    private readonly audit: AuditFacade,
  ) {}

  /** What stops half-way leaves an epoch more in the keyring, which is then the current one. */
  async rotate(ctx: Context): Promise<number> {
    await this.registration.assure(ctx);
    return this.transactions.run(ctx, async (tx) => {
      await this.repository.lockKeyring(tx);
      // A keyring that lags behind would make an epoch anew that exists elsewhere with other bytes.
      await this.epochs.hold(tx);
      const epoch = await this.keyring.rotate(ctx.organizationId);
      await this.repository.raise(tx, epoch);
      await this.audit.record(tx, { type: 'vault.epoch-made', action: 'C', detail: { epoch } });
      return epoch;
    });
  }
}
