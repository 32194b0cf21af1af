import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../platform/clock/clock.js';
import { type Context, detached } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import { canonicalJson } from '../../domain/canonical.js';
import type { Auth } from '../../domain/connection.js';
import { needsOf } from '../../domain/scopes.policy.js';
import type { Scopes } from '../../domain/smart.js';
import type { ConnectionEntity } from '../connection.entity.js';
import { ConnectionsRepository } from '../connections.repository.js';
import { SyncRepository } from '../sync.repository.js';
import { type Credentials, fixedCredentials } from './credentials.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { TokenSource, type TokenSourcePorts } from './token-source.js';

/** How each connection signs in. */
@Injectable()
export class SignIn {
  constructor(
    private readonly transactions: Transactions,
    private readonly connections: ConnectionsRepository,
    private readonly keys: SigningKeysRepository,
    private readonly syncs: SyncRepository,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  credentialsOf(caller: Context, connection: ConnectionEntity, auth: Auth): Credentials {
    if (auth.type !== 'smart-backend') return fixedCredentials(auth);
    const ctx = detached(caller);
    const { id, baseUrl, allowPrivateNetwork } = connection;
    const ports: TokenSourcePorts = {
      key: () => this.transactions.run(ctx, (tx) => this.keys.signing(tx, id, auth)),
      now: () => this.clock.now(),
      granted: (scopes) => this.compare(ctx, id, scopes),
      stopped: () => this.log.error('fhir.sign-in-stopped', { organization_id: ctx.organizationId, id }),
    };
    return new TokenSource({ ...auth, baseUrl, allowPrivateNetwork, needs: needsOf(connection) }, ports);
  }

  /** Another grant than the one that the capabilities were found with: what the EHR can do is found anew. */
  private compare(ctx: Context, id: Uuid, { granted }: Scopes): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const known = (await this.connections.get(tx, id))?.capabilities?.scopes?.granted;
      if (known && canonicalJson([...granted].sort()) !== canonicalJson(known))
        await this.syncs.probeNow(tx, id);
    });
  }
}
