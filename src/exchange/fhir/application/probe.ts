import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Log } from '../../../platform/logging/log.js';
import type { Capabilities } from '../domain/capabilities.js';
import { canonicalJson } from '../domain/canonical.js';
import { capabilitiesOf, type Overrides } from '../domain/capability.policy.js';
import { withinGrant } from '../domain/granted.policy.js';
import { CapabilityChanged } from '../events.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import { ConnectionsRepository } from '../infrastructure/connections.repository.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';

/** Asks an EHR what it can do. */
@Injectable()
export class Probe {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly connections: ConnectionsRepository,
    private readonly syncs: SyncRepository,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  async capabilities(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    const connected = await this.clients.of(ctx, connectionId);
    return connected.connection.capabilities ?? this.ask(ctx, connected);
  }

  /** What was found when the EHR was last asked; null when nobody has asked it yet. No network. Throws not-found. */
  async known(ctx: Context, connectionId: Uuid): Promise<Capabilities | null> {
    return (await this.clients.of(ctx, connectionId)).connection.capabilities;
  }

  /** Asks anew. Publishes CapabilityChanged when the answer is another. Throws `fhir.unavailable` and the like. */
  async run(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    return this.ask(ctx, await this.clients.of(ctx, connectionId));
  }

  /** The loop's work: connections never asked, or not for a day. */
  async claim(ctx: Context): Promise<number> {
    const connectionId = await this.transactions.run(ctx, (tx) => this.syncs.takeProbe(tx));
    if (!connectionId) return 0;
    try {
      await this.run(ctx, connectionId);
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      this.log.warn('fhir.probe-failed', {
        organization_id: ctx.organizationId,
        id: connectionId,
        code: error.code,
      });
      await this.transactions.run(ctx, (tx) => this.syncs.probeAgain(tx, connectionId));
    }
    return 1;
  }

  private async ask(ctx: Context, connected: Connected): Promise<Capabilities> {
    const { connection, client } = connected;
    const { resource } = await client.metadata();
    const offered = capabilitiesOf(resource, connection as Overrides);
    const found = await this.tried(connected, withinGrant(offered, await client.scopes()));
    await this.transactions.run(ctx, async (tx) => {
      await this.connections.saveCapabilities(tx, connection.id, found);
      if (canonicalJson(found) === canonicalJson(connection.capabilities)) return;
      await this.events.publish(tx, CapabilityChanged, [connection.id]);
    });
    return found;
  }

  /** Statements promise _lastUpdated where the server then refuses it: one search tells. */
  private async tried({ client, connection }: Connected, found: Capabilities): Promise<Capabilities> {
    if (found.syncStrategy !== 'last-updated' || connection.syncStrategy !== 'auto') return found;
    try {
      await client.search('Appointment', { _lastUpdated: `ge${new Date().toISOString()}`, _count: '1' });
      return found;
    } catch (error) {
      const refuses = error instanceof FhirFault && [400, 403, 422, 501].includes(error.status ?? 0);
      if (!refuses) throw error;
      return { ...found, syncStrategy: 'window-scan' };
    }
  }
}
