import { Injectable } from '@nestjs/common';
import { systemContext, type Actor } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { hashOf } from '../domain/api-key.js';
import { ApiKeysRepository } from '../infrastructure/api-keys.repository.js';

/** Somebody whose key we know. `organizationId` null: sees every hospital. */
export interface Caller {
  actor: Actor;
  organizationId: Uuid | null;
}

/** From a key in clear to who is calling. */
@Injectable()
export class Callers {
  constructor(
    private readonly transactions: Transactions,
    private readonly keys: ApiKeysRepository,
  ) {}

  /** Null for a key that is unknown, expired or revoked: the three are not told apart. */
  async ofKey(key: string): Promise<Caller | null> {
    const found = await this.transactions.directory((ctx) => this.keys.find(ctx, hashOf(key)));
    if (!found) return null;
    const { keyId, organizationId } = found;
    const scopes = organizationId === null ? ['*'] : await this.scopesOf(organizationId, keyId);
    return scopes && { actor: { kind: 'service', id: keyId, scopes }, organizationId };
  }

  /** Makes the first key of an installation that has none. */
  async bootstrap(key: string): Promise<void> {
    await this.transactions.directory((ctx) => this.keys.addFirst(ctx, { id: newId(), hash: hashOf(key) }));
  }

  private scopesOf(organizationId: Uuid, keyId: Uuid): Promise<string[] | null> {
    return this.transactions.run(systemContext(organizationId, 'identity'), (ctx) =>
      this.keys.scopesOf(ctx, keyId),
    );
  }
}
