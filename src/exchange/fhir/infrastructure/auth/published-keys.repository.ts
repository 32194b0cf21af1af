import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../../platform/context/context.js';
import type { Transaction } from '../../../../platform/database/transaction.js';
import { managerOf, sql } from '../../../../platform/database/transactions.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import type { PublicJwk } from '../../domain/smart.js';
import { PublishedKeyEntity } from './signing-key.entity.js';

export interface PublishedKey {
  jwk: PublicJwk;
  /** null: until it is replaced. */
  goneAt: Date | null;
}

/** What an EHR checks our signatures with. */
@Injectable()
export class PublishedKeysRepository {
  /** These and no others are the connection's. */
  async set(ctx: TxContext, connectionId: Uuid, keys: readonly PublishedKey[]): Promise<void> {
    const { organizationId } = ctx;
    await managerOf(ctx).delete(PublishedKeyEntity, { organizationId, connectionId });
    for (const { jwk, goneAt } of keys)
      await managerOf(ctx).insert(PublishedKeyEntity, {
        organizationId,
        connectionId,
        kid: jwk.kid,
        jwk,
        goneAt,
      });
  }

  /** Of one connection, or of all; a key that several connections have stands once. */
  async list(ctx: { tx: Transaction }, connectionId: Uuid | null): Promise<PublicJwk[]> {
    const rows = await sql<{ jwk: PublicJwk }>(
      ctx,
      `select distinct on (kid) jwk from fhir.published_key
        where ($1::uuid is null or connection_id = $1) and (gone_at is null or gone_at > platform.now())
        order by kid`,
      [connectionId],
    );
    return rows.map(({ jwk }) => jwk);
  }
}
