import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../audit/index.js';
import { DEFAULT_LIFE_DAYS, hashOf, makeApiKey } from '../domain/api-key.js';
import { can } from '../domain/can.policy.js';
import { ApiKeyRevoked } from '../events.js';
import type { ApiKeyEntity } from '../infrastructure/api-key.entity.js';
import { ApiKeysRepository } from '../infrastructure/api-keys.repository.js';

/** Keys of one hospital. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ApiKeysRepository,
    private readonly audit: AuditFacade,
    private readonly events: Events,
  ) {}

  /** The key in clear is in the answer and nowhere else. Throws `api-key.beyond-own` for a scope that the caller lacks. */
  create(
    ctx: Context,
    wish: { name: string; scopes: string[]; lifeDays?: number },
  ): Promise<{ row: ApiKeyEntity; key: string }> {
    if (!wish.scopes.every((scope) => can(ctx, scope))) {
      throw new Fault({
        code: 'api-key.beyond-own',
        kind: 'forbidden',
        words: 'A key cannot hold more scopes than the key that makes it.',
      });
    }
    const { key, prefix } = makeApiKey();
    const id = newId();
    return this.transactions.run(ctx, async (tx) => {
      const lifeDays = wish.lifeDays ?? DEFAULT_LIFE_DAYS;
      const row = await this.repository.add(tx, { ...wish, id, prefix, hash: hashOf(key), lifeDays });
      await this.audit.record(tx, { type: 'api-key.created', action: 'C', entity: { kind: 'api-key', id } });
      return { row, key };
    });
  }

  /** From the commit on, the key opens nothing. Revoking it again changes nothing. Publishes ApiKeyRevoked. */
  revoke(ctx: Context, id: Uuid): Promise<ApiKeyEntity> {
    return this.transactions.run(ctx, async (tx) => {
      if (await this.repository.revoke(tx, id)) {
        await this.events.publish(tx, ApiKeyRevoked, [id]);
        await this.audit.record(tx, {
          type: 'api-key.revoked',
          action: 'D',
          entity: { kind: 'api-key', id },
        });
      }
      const row = await this.repository.get(tx, id);
      if (!row) throw notFound('API key');
      return row;
    });
  }
}
