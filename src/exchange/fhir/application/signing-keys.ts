import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ConnectionSettings } from '../domain/connection.js';
import { GRACE_SECONDS, isRotating, OVERLAP_SECONDS } from '../domain/key-rotation.js';
import type { PublicJwk, SmartAuth } from '../domain/smart.js';
import { publicPart } from '../infrastructure/auth/jwk.js';
import {
  type PublishedKey,
  PublishedKeysRepository,
} from '../infrastructure/auth/published-keys.repository.js';
import { SigningKeysRepository } from '../infrastructure/auth/signing-keys.repository.js';
import { ConnectionsRepository } from '../infrastructure/connections.repository.js';

export interface Rotation {
  /** Of the key that follows. */
  kid: string;
  signsFrom: Date;
}

/** Where a connection signs in, and by what. */
export type SignInSettings = Pick<ConnectionSettings, 'baseUrl' | 'auth' | 'state'>;

/** The keys by which we sign in, and what of them the EHR may see. */
@Injectable()
export class SigningKeys {
  constructor(
    private readonly transactions: Transactions,
    private readonly connections: ConnectionsRepository,
    private readonly keys: SigningKeysRepository,
    private readonly published: PublishedKeysRepository,
    private readonly audit: AuditFacade,
  ) {}

  /** Of one connection or, with null, of all: what an EHR fetches. */
  keySet(connectionId: Uuid | null): Promise<PublicJwk[]> {
    return this.transactions.directory((tx) => this.published.list(tx, connectionId));
  }

  /** Makes, keeps or destroys keys as the settings of now want it. `before` is null for a new connection. */
  async settle(ctx: TxContext, id: Uuid, now: SignInSettings, before: SignInSettings | null): Promise<void> {
    const { auth } = now;
    const makes = auth.type === 'smart-backend' && auth.privateKeys.length === 0;
    if (!makes || !before || isElsewhere(before, now)) await this.keys.destroy(ctx, id);
    if (makes && (await this.keys.of(ctx, id)).length === 0)
      await this.keys.make(ctx, id, { alg: auth.alg, signsFrom: null });
    await this.publish(ctx, id, now);
  }

  /** The next key, which signs once every EHR must have it. Throws not-found, `ehr.no-own-key`, `ehr.key-rotating`. */
  rotate(ctx: Context, id: Uuid): Promise<Rotation> {
    return this.transactions.run(ctx, async (tx) => {
      if (!(await this.keys.lock(tx, id))) throw notFound('EHR connection');
      const connection = (await this.connections.get(tx, id))!;
      const auth = await this.connections.authOf(tx, connection);
      if (auth.type !== 'smart-backend' || auth.privateKeys.length > 0) throw noOwnKey();
      const now = await nowIn(tx);
      if (isRotating(await this.keys.of(tx, id), now)) throw keyRotating();
      const signsFrom = after(now, OVERLAP_SECONDS);
      await this.keys.retire(tx, id, after(signsFrom, GRACE_SECONDS));
      await this.keys.make(tx, id, { alg: auth.alg, signsFrom });
      await this.publish(tx, id, { auth, state: connection.state });
      await this.audit.record(tx, {
        type: 'ehr-connection.key-rotated',
        action: 'U',
        entity: { kind: 'ehr-connection', id },
      });
      const next = (await this.keys.of(tx, id)).at(-1)!;
      return { kid: next.publicJwk.kid, signsFrom };
    });
  }

  private async publish(ctx: TxContext, id: Uuid, { auth, state }: Pick<SignInSettings, 'auth' | 'state'>) {
    const shows = auth.type === 'smart-backend' && state === 'active';
    await this.published.set(ctx, id, shows ? await this.publicParts(ctx, id, auth) : []);
  }

  private async publicParts(ctx: TxContext, id: Uuid, auth: SmartAuth): Promise<PublishedKey[]> {
    const made = (await this.keys.of(ctx, id)).map(({ publicJwk: jwk, goneAt }) => ({ jwk, goneAt }));
    const given = await Promise.all(auth.privateKeys.map((key) => publicPart(key, auth.alg)));
    return [...made, ...given.map((jwk) => ({ jwk, goneAt: null }))];
  }
}

/** A key that proved who we are in one place does not do so in another. */
function isElsewhere(before: SignInSettings, now: SignInSettings): boolean {
  if (before.auth.type !== 'smart-backend' || now.auth.type !== 'smart-backend') return true;
  return (
    before.auth.alg !== now.auth.alg ||
    originOf(before.baseUrl) !== originOf(now.baseUrl) ||
    originOf(before.auth.tokenUrl) !== originOf(now.auth.tokenUrl)
  );
}

function originOf(url: string | null): string | null {
  return url === null ? null : new URL(url).origin;
}

function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1_000);
}

function noOwnKey(): Fault {
  return new Fault({
    code: 'ehr.no-own-key',
    kind: 'conflict',
    words:
      'CareThread made no key for this connection. Where the hospital gave the keys, change their order in the connection.',
  });
}

function keyRotating(): Fault {
  return new Fault({
    code: 'ehr.key-rotating',
    kind: 'conflict',
    words: 'A new key is published already and signs within a day. Wait until it does.',
  });
}
