import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../platform/clock/clock.js';
import { type Context, detached } from '../../../../platform/context/context.js';
import { Log } from '../../../../platform/logging/log.js';
import type { Auth, Profile } from '../../domain/connection.js';
import { needsOf } from '../../domain/scopes.policy.js';
import type { ConnectionEntity } from '../connection.entity.js';
import { type Credentials, fixedCredentials } from './credentials.js';
import { Grants } from './grants.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { TokenSource, type TokenSourcePorts } from './token-source.js';

/** How each connection signs in. */
@Injectable()
export class SignIn {
  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly grants: Grants,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  credentialsOf(caller: Context, connection: ConnectionEntity, auth: Auth): Credentials {
    if (auth.type !== 'smart-backend') return fixedCredentials(auth);
    const ctx = detached(caller);
    const { id, baseUrl, allowPrivateNetwork } = connection;
    const ports: TokenSourcePorts = {
      key: () => this.keys.signing(ctx, id, auth),
      now: () => this.clock.now(),
      granted: (scopes) => this.grants.compare(ctx, id, scopes),
      stopped: () => this.log.error('fhir.sign-in-stopped', { organization_id: ctx.organizationId, id }),
    };
    const needs = needsOf({ ...connection, profile: connection.profile as Profile });
    return new TokenSource({ ...auth, baseUrl, allowPrivateNetwork, needs }, ports);
  }
}
