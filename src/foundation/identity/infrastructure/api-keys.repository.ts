import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ApiKeyDirectoryEntity, ApiKeyEntity } from './api-key.entity.js';

export interface NewApiKey {
  id: Uuid;
  name: string;
  prefix: string;
  scopes: string[];
  hash: Buffer;
  lifeDays: number;
}

@Injectable()
export class ApiKeysRepository {
  /** Whose key it is; null for a key that nobody knows. */
  find(ctx: { tx: Transaction }, hash: Buffer): Promise<ApiKeyDirectoryEntity | null> {
    return managerOf(ctx).findOneBy(ApiKeyDirectoryEntity, { keyHash: hash });
  }

  /** The scopes of a key that is neither revoked nor expired; null otherwise. */
  async scopesOf(ctx: TxContext, id: Uuid): Promise<string[] | null> {
    const [row] = await sql<{ scopes: string[] }>(
      ctx,
      `select scopes from identity.api_key
        where organization_id = $1 and id = $2 and revoked_at is null and expires_at > platform.now()`,
      [ctx.organizationId, id],
    );
    return row?.scopes ?? null;
  }

  /** Adds a key that sees every organization, unless the installation has any key already. */
  async addFirst(ctx: { tx: Transaction }, key: { id: Uuid; hash: Buffer }): Promise<void> {
    await sql(
      ctx,
      `insert into identity.api_key_directory (key_hash, key_id)
       select $1, $2 where not exists (select 1 from identity.api_key_directory)
       on conflict do nothing`,
      [key.hash, key.id],
    );
  }

  async add(ctx: TxContext, key: NewApiKey): Promise<ApiKeyEntity> {
    await sql(
      ctx,
      `insert into identity.api_key_directory (key_hash, key_id, organization_id) values ($1, $2, $3)`,
      [key.hash, key.id, ctx.organizationId],
    );
    await sql(
      ctx,
      `insert into identity.api_key (organization_id, id, name, prefix, scopes, created_at, expires_at)
       values ($1, $2, $3, $4, $5, platform.now(), platform.now() + make_interval(days => $6))`,
      [ctx.organizationId, key.id, key.name, key.prefix, key.scopes, key.lifeDays],
    );
    return managerOf(ctx).findOneByOrFail(ApiKeyEntity, { organizationId: ctx.organizationId, id: key.id });
  }

  async revoke(ctx: TxContext, id: Uuid): Promise<boolean> {
    const [, revoked] = (await sql(
      ctx,
      `update identity.api_key set revoked_at = platform.now(), version = version + 1
        where organization_id = $1 and id = $2 and revoked_at is null`,
      [ctx.organizationId, id],
    )) as unknown as [unknown, number];
    return revoked > 0;
  }

  get(ctx: TxContext, id: Uuid): Promise<ApiKeyEntity | null> {
    return managerOf(ctx).findOneBy(ApiKeyEntity, { organizationId: ctx.organizationId, id });
  }

  /** Newest first. */
  list(ctx: TxContext, after: CursorKey | null, limit: number): Promise<ApiKeyEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(ApiKeyEntity, 'key')
      .where('key.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy({ 'key.createdAt': 'DESC', 'key.id': 'DESC' })
      .limit(limit);
    if (after) query.andWhere('(key.createdAt, key.id) < (:at, :id)', { at: after[0], id: after[1] });
    return query.getMany();
  }
}
