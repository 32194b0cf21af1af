import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { commitmentMatches, wrapAad } from '../domain/data-key.js';
import type { WrappedDataKey } from '../infrastructure/epochs.repository.js';

/** A data key out of its row. */
@Injectable()
export class Unwrapping {
  constructor(@Inject(KEYRING) private readonly keyring: Keyring) {}

  /**
   * 32 bytes, which the caller zero-fills; null when they are not the key that this row was made with. Throws
   * `vault.keyring-unavailable` when the epoch is not there.
   */
  async unwrap({ organizationId }: Context, row: WrappedDataKey): Promise<Buffer | null> {
    const aad = wrapAad(organizationId, row, row.generation);
    const key = await this.keyring.unwrap(organizationId, { epoch: row.epoch, bytes: row.wrapped }, aad);
    if (!key || commitmentMatches(key, row.commitment)) return key;
    key.fill(0);
    return null;
  }
}
