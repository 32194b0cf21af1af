import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { KEYRING, keyringUnavailable, type Keyring } from '../../../platform/keyring/keyring.js';
import { DataKeyRepository } from '../infrastructure/data-key.repository.js';

/**
 * Ties an organization's rows to its keyring. The database remembers which keyring first served them: one that was lost
 * is never replaced by a new one in silence, and two machines cannot work with two.
 */
@Injectable()
export class KeyringRegistration {
  private readonly assured = new Set<Uuid>();

  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly repository: DataKeyRepository,
  ) {}

  /** Throws `vault.keyring-unavailable` when the keyring is not the one that this organization began with. */
  async assure(ctx: Context): Promise<void> {
    const { organizationId } = ctx;
    if (this.assured.has(organizationId)) return;
    await this.transactions.run(ctx, async (tx) => {
      const known = await this.repository.keyringIdentity(tx);
      const present = known
        ? await this.keyring.identity(organizationId)
        : await this.keyring.establish(organizationId);
      const registered = known ?? (await this.repository.registerKeyring(tx, present));
      if (registered !== present) throw keyringUnavailable();
      // Not before: what this transaction registered may still roll back.
      afterCommit(tx, () => this.assured.add(organizationId));
    });
  }
}
