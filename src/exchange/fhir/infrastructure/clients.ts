import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { SignIn } from './auth/sign-in.js';
import type { ConnectionEntity } from './connection.entity.js';
import { ConnectionsRepository } from './connections.repository.js';
import { FhirClient } from './fhir-client.js';
import { paused } from './fhir-fault.js';
import { Notices } from './notices.js';

export interface Connected {
  connection: ConnectionEntity;
  client: FhirClient;
}

/** One client, with one budget, per connection and version of its settings. */
@Injectable()
export class Clients implements OnModuleDestroy {
  private readonly open = new Map<Uuid, { version: number; client: FhirClient }>();

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ConnectionsRepository,
    private readonly notices: Notices,
    private readonly signIn: SignIn,
  ) {}

  /** Throws not-found, `fhir.paused`: of an EHR that is switched off nothing is asked, whoever wants it. */
  async of(ctx: Context, connectionId: Uuid): Promise<Connected> {
    const connected = await this.evenPaused(ctx, connectionId);
    if (connected.connection.state === 'paused') throw paused();
    return connected;
  }

  /** The same for a person who tries the connection before it is switched on. Throws not-found. */
  async evenPaused(ctx: Context, connectionId: Uuid): Promise<Connected> {
    const connection = await this.transactions.run(ctx, (tx) => this.repository.get(tx, connectionId));
    if (!connection) throw notFound('EHR connection');
    const known = this.open.get(connectionId);
    const client = known?.version === connection.version ? known.client : await this.make(ctx, connection);
    client.postSearches(connection.capabilities?.postSearch === true);
    return { connection, client };
  }

  private async make(ctx: Context, connection: ConnectionEntity): Promise<FhirClient> {
    const auth = await this.transactions.run(ctx, (tx) => this.repository.authOf(tx, connection));
    const before = this.open.get(connection.id);
    // Two callers may have waited for the secret: the second takes what the first made.
    if (before?.version === connection.version) return before.client;
    const client = new FhirClient({
      ...connection,
      credentials: this.signIn.credentialsOf(ctx, connection, auth),
      ...this.notices.of(ctx, connection.id),
    });
    this.open.set(connection.id, { version: connection.version, client });
    before?.client.retire();
    return client;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.open.values()].map(({ client }) => client.close()));
  }
}
