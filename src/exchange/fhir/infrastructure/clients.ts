import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { SignIn } from './auth/sign-in.js';
import type { ConnectionEntity } from './connection.entity.js';
import { ConnectionsRepository } from './connections.repository.js';
import { FhirClient } from './fhir-client.js';

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
    private readonly signIn: SignIn,
  ) {}

  /** Throws not-found. */
  async of(ctx: Context, connectionId: Uuid): Promise<Connected> {
    const connection = await this.transactions.run(ctx, (tx) => this.repository.get(tx, connectionId));
    if (!connection) throw notFound('EHR connection');
    const known = this.open.get(connectionId);
    if (known?.version === connection.version) return { connection, client: known.client };
    return { connection, client: await this.make(ctx, connection) };
  }

  private async make(ctx: Context, connection: ConnectionEntity): Promise<FhirClient> {
    const auth = await this.transactions.run(ctx, (tx) => this.repository.authOf(tx, connection));
    const before = this.open.get(connection.id);
    // Two callers may have waited for the secret: the second takes what the first made.
    if (before?.version === connection.version) return before.client;
    const credentials = this.signIn.credentialsOf(ctx, connection, auth);
    const client = new FhirClient({ ...connection, credentials });
    this.open.set(connection.id, { version: connection.version, client });
    before?.client.retire();
    return client;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.open.values()].map(({ client }) => client.close()));
  }
}
