import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { lengthPrefixed } from '../domain/length-prefixed.js';
import { KeyringRegistration } from './keyring-registration.js';

/**
 * Finds equal values without keeping them. The key stays in the keyring: an Indian mobile number is one of about 10^10,
 * so that a dump with the key beside it would give every number away.
 */
@Injectable()
export class BlindIndex {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly registration: KeyringRegistration,
  ) {}

  async of(ctx: Context, purpose: string, value: string): Promise<Buffer> {
    const [index] = await this.ofMany(ctx, purpose, [value]);
    return index!;
  }

  async ofMany(ctx: Context, purpose: string, values: readonly string[]): Promise<Buffer[]> {
    await this.registration.assure(ctx);
    return Promise.all(
      values.map((value) => {
        const input = lengthPrefixed(['carethread/blind-index/1', ctx.organizationId, purpose, value]);
        return this.keyring.mac(ctx.organizationId, input);
      }),
    );
  }
}
