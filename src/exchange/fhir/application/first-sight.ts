import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { mayRead } from '../domain/granted.policy.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault, MergedRecord } from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';

export interface Met {
  resources: FhirResource[];
  /** `Patient/1`: the EHR did not answer for these, this time. */
  unread: Set<string>;
  /** Patients whom the EHR has joined to others: `Patient/1` to `Patient/2`. */
  merged: Map<string, string>;
}

/** Reads the patients, practitioners and places that a visit names and nobody has seen yet. */
@Injectable()
export class FirstSight {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
  ) {}

  async meet(ctx: Context, connected: Connected, keys: readonly string[]): Promise<Met> {
    const met: Met = { resources: [], unread: new Set(), merged: new Map() };
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
      const { resource } = await client.read(type, id);
      met.resources.push(resource);
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      if (error instanceof MergedRecord) met.merged.set(key, error.into());
      // What the EHR does not have or does not show stays unknown; the visit itself is still worth keeping.
      if (error.retryable) met.unread.add(key);
    }
  }
}
