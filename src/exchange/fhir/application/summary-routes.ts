import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { SummaryCarrier } from '../domain/capabilities.js';
import type { EscrowKey } from '../domain/connection.js';
import { type SummaryRoute, summaryRouteOf } from '../domain/summary-route.js';
import { Clients } from '../infrastructure/clients.js';
import { ConnectionsRepository } from '../infrastructure/connections.repository.js';
import { Probe } from './probe.js';

/** How summaries travel into each EHR, and what was learnt about it. */
@Injectable()
export class SummaryRoutes {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly connections: ConnectionsRepository,
    private readonly audit: AuditFacade,
  ) {}

  async of(ctx: Context, connectionId: Uuid): Promise<SummaryRoute> {
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const { connection } = await this.clients.of(ctx, connectionId);
    return summaryRouteOf(connection, capabilities);
  }

  escrowKeyOf(ctx: Context, connectionId: Uuid): Promise<EscrowKey | null> {
    return this.transactions.run(ctx, async (tx) => {
      const connection = await this.connections.get(tx, connectionId);
      if (!connection) throw notFound('EHR connection');
      return connection.escrowKey;
    });
  }

  learn(ctx: Context, connectionId: Uuid, carrier: SummaryCarrier): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.connections.saveLearntCarrier(tx, connectionId, carrier);
      await this.audit.record(tx, {
        type: 'ehr-connection.carrier-learnt',
        action: 'U',
        entity: { kind: 'ehr-connection', id: connectionId },
        detail: { carrier },
      });
    });
  }
}
