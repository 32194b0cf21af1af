import { Injectable } from '@nestjs/common';
import { systemContext } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { basesOf } from '../../domain/connection.js';
import { ConnectionsRepository } from '../../infrastructure/connections.repository.js';
import { HintsRepository } from '../../infrastructure/hints.repository.js';

/** What a hint for one connection is checked with. */
export interface HintKeys {
  organizationId: Uuid;
  connectionId: Uuid;
  bases: string[];
  secrets: readonly string[];
}

/** How long a changed secret, and a connection that was paused or made, may stay unseen. */
const FRESH_MS = 5_000;

/** A stranger who tries many ids must not fill the memory. */
const MOST_KEPT = 1_000;

/** The secrets of the connections that hints come for, in memory: a hint is answered before anything is asked. */
@Injectable()
export class HintKeyring {
  private readonly kept = new Map<Uuid, { keys: Promise<HintKeys | null>; readAt: number }>();

  constructor(
    private readonly transactions: Transactions,
    private readonly hints: HintsRepository,
    private readonly connections: ConnectionsRepository,
  ) {}

  /** Null for a connection that is not there or paused, or that takes no hints. */
  of(connectionId: Uuid): Promise<HintKeys | null> {
    const known = this.kept.get(connectionId);
    if (known && performance.now() - known.readAt < FRESH_MS) return known.keys;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    const keys = this.read(connectionId);
    this.kept.set(connectionId, { keys, readAt: performance.now() });
    // A database that was away for a moment must not shut hints out for five seconds.
    keys.catch(() => this.kept.delete(connectionId));
    return keys;
  }

  private async read(connectionId: Uuid): Promise<HintKeys | null> {
    const entry = await this.transactions.directory((tx) => this.hints.find(tx, connectionId));
    if (!entry) return null;
    const { organizationId } = entry;
    return this.transactions.run(systemContext(organizationId, 'fhir.hint'), async (tx) => {
      const connection = await this.connections.get(tx, connectionId);
      if (connection?.state !== 'active') return null;
      const secrets = await this.connections.hintSecretsOf(tx, connection);
      return secrets.length === 0
        ? null
        : { organizationId, connectionId, bases: basesOf(connection), secrets };
    });
  }
}
