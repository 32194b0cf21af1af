import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { mayRead } from '../domain/granted.policy.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';

export interface Met {
  resources: FhirResource[];
  /** `Patient/1`: the EHR did not answer for these, this time. */
  unread: Set<string>;
}

/** Reads the patients, practitioners and places that a visit names and nobody has seen yet. */
@Injectable()
export class FirstSight {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
  ) {}

  async meet(ctx: Context, connected: Connected, keys: readonly string[]): Promise<Met> {
    const met: Met = { resources: [], unread: new Set() };
    if (keys.length === 0) return met;
    const known = await this.transactions.run(ctx, (tx) =>
      this.resources.existing(tx, connected.connection.id, keys),
    );
    const { capabilities } = connected.connection;
    const unknown = keys.filter((key) => !known.has(key) && mayRead(capabilities, key.split('/')[0]!));
    // The client's budget sets the pace.
    await Promise.all(unknown.map((key) => this.readInto(met, connected, key)));
    return met;
  }

  private async readInto(met: Met, { client }: Connected, key: string): Promise<void> {
    const [type = '', id = ''] = key.split('/');
    try {
      met.resources.push((await client.read(type, id)).resource);
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      // What the EHR does not have or does not show stays unknown; the visit itself is still worth keeping.
      if (error.retryable) met.unread.add(key);
    }
  }
}
