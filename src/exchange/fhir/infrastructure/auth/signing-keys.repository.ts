import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { type KeySubject, type Place, VaultFacade } from '../../../../foundation/vault/index.js';
import { nowIn } from '../../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../../platform/context/context.js';
import { managerOf, sql, Transactions } from '../../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../../platform/ids/ids.js';
import { signingKey } from '../../domain/key-rotation.js';
import type { PrivateJwk, SigningAlg, SmartAuth } from '../../domain/smart.js';
import type { SigningKey } from './assertion.js';
import { makeKey, publicPart } from './jwk.js';
import { SigningKeyEntity } from './signing-key.entity.js';

/** Keys sign for the hospital: sealed with its own. */
const SUBJECT: KeySubject = { kind: 'organization' };

/** The keys that the product made; the hospital's own lie with its credentials. */
@Injectable()
export class SigningKeysRepository {
  constructor(
    private readonly transactions: Transactions,
    private readonly vault: VaultFacade,
  ) {}

  of(ctx: TxContext, connectionId: Uuid): Promise<SigningKeyEntity[]> {
    return managerOf(ctx).find(SigningKeyEntity, {
      where: { organizationId: ctx.organizationId, connectionId },
      order: { signsFrom: { direction: 'ASC', nulls: 'FIRST' } },
    });
  }

  /** The key that signs now. Those whose time is over are destroyed on the way. */
  async signing(ctx: Context, connectionId: Uuid, auth: SmartAuth): Promise<SigningKey> {
    const [given] = auth.privateKeys;
    if (given) return { jwk: given, alg: auth.alg, kid: (await publicPart(given, auth.alg)).kid };
    return this.transactions.run(ctx, async (tx) => {
      await this.forgetGone(tx, connectionId);
      const key = signingKey(await this.of(tx, connectionId), await nowIn(tx));
      // Settings and keys change in one transaction.
      if (!key) throw new Error('the connection has no key');
      const text = await this.vault.openText(tx, SUBJECT, placeOf(key.id), key.privateSealed);
      return { jwk: JSON.parse(text) as PrivateJwk, kid: key.publicJwk.kid, alg: auth.alg };
    });
  }

  async make(
    ctx: TxContext,
    connectionId: Uuid,
    { alg, signsFrom }: { alg: SigningAlg; signsFrom: Date | null },
  ): Promise<void> {
    const [id, jwk] = [newId(), await makeKey(alg)];
    await managerOf(ctx).insert(SigningKeyEntity, {
      organizationId: ctx.organizationId,
      id,
      connectionId,
      publicJwk: await publicPart(jwk, alg),
      privateSealed: await this.vault.seal(ctx, SUBJECT, placeOf(id), JSON.stringify(jwk)),
      signsFrom,
      goneAt: null,
    });
  }

  /** The key of now is gone at this time. */
  async retire(ctx: TxContext, connectionId: Uuid, goneAt: Date): Promise<void> {
    await managerOf(ctx).update(
      SigningKeyEntity,
      { organizationId: ctx.organizationId, connectionId, goneAt: IsNull() },
      { goneAt },
    );
  }

  async destroy(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await managerOf(ctx).delete(SigningKeyEntity, { organizationId: ctx.organizationId, connectionId });
  }

  /** Until the end of the transaction nobody else changes this connection or its keys. False when there is none. */
  async lock(ctx: TxContext, connectionId: Uuid): Promise<boolean> {
    const rows = await sql(
      ctx,
      `select 1 from fhir.connection where organization_id = $1 and id = $2 for no key update`,
      [ctx.organizationId, connectionId],
    );
    return rows.length === 1;
  }

  private async forgetGone(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(
      ctx,
      `with signing as (
         delete from fhir.signing_key
          where organization_id = $1 and connection_id = $2 and gone_at <= platform.now() returning 1)
       delete from fhir.published_key
        where organization_id = $1 and connection_id = $2 and gone_at <= platform.now()`,
      [ctx.organizationId, connectionId],
    );
  }
}

function placeOf(id: Uuid): Place {
  return { table: 'fhir.signing_key', column: 'private_sealed', row: id };
}
