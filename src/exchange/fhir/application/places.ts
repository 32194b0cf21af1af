import { Injectable } from '@nestjs/common';
import { Transactions } from '../../../platform/database/transactions.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';
import { PAGE_SIZE } from './crawl.js';
import { pagesOf } from './pages.js';
import { type SyncRun, warn } from './sync-run.js';

/** A search for each of these and each week: beyond it a hospital must say which it means. */
const MOST = 1_000;

/** What the search for places needs to know of a sync. */
export type PlacesOf = Pick<
  SyncRun,
  'ctx' | 'connected' | 'capabilities' | 'band' | 'horizon' | 'figures' | 'keep'
>;

/** What each search of a scan names beside its days. */
@Injectable()
export class Places {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly syncs: SyncRepository,
  ) {}

  /** `Location/1`, `Practitioner/1`, `Patient/1`, or an empty text for a search that names none. None: nothing is known. */
  async of(run: PlacesOf): Promise<string[]> {
    const { locations, practitioners } = run.connected.connection;
    switch (run.capabilities.scanBy) {
      case 'location':
        return this.named(run, 'Location', locations);
      case 'practitioner':
        return this.named(run, 'Practitioner', practitioners);
      case 'patient':
        return unlessNone(run, await this.needed(run, 'Patient'));
      case 'known':
        return [''];
      case 'date':
        return locations.length === 0 ? [''] : locations;
    }
  }

  private async named(
    run: PlacesOf,
    type: 'Location' | 'Practitioner',
    configured: string[],
  ): Promise<string[]> {
    if (configured.length > 0) return configured;
    const { ctx, connected, band } = run;
    const { id } = connected.connection;
    const before = await this.transactions.run(ctx, async (tx) => (await this.syncs.get(tx, id))!.places);
    const learnt = new Set([...before.filter((place) => place.startsWith(`${type}/`))]);
    for (const place of await this.needed(run, type)) learnt.add(place);
    if (band === 'all' || learnt.size === 0)
      for (const place of await this.asked(run, type)) learnt.add(place);
    const places = [...learnt].sort().slice(0, MOST);
    if (learnt.size > MOST) warn(run.figures, 'many-places');
    if (places.join() !== before.join())
      await this.transactions.run(ctx, (tx) => this.syncs.savePlaces(tx, id, places));
    return unlessNone(run, places);
  }

  /** Named by visits that are known. */
  private async needed(run: PlacesOf, type: 'Location' | 'Practitioner' | 'Patient'): Promise<string[]> {
    const { ctx, connected, horizon } = run;
    const rows = { connectionId: connected.connection.id, type };
    const ids = await this.transactions.run(ctx, (tx) => this.resources.needed(tx, rows, horizon.from));
    return ids.map((id) => `${type}/${id}`);
  }

  /** All that the EHR tells of, if it may be asked: many ask for more than nothing, and refuse. */
  private async asked({ connected, capabilities, keep }: PlacesOf, type: string): Promise<string[]> {
    if (!capabilities.reads.includes(type)) return [];
    const found: string[] = [];
    try {
      for await (const { resources } of pagesOf(connected.client, type, { _count: PAGE_SIZE })) {
        await keep();
        found.push(
          ...resources.filter(({ resourceType }) => resourceType === type).map(({ id }) => `${type}/${id}`),
        );
        if (found.length > MOST) break;
      }
    } catch (error) {
      if (!(error instanceof FhirFault) || error.retryable) throw error;
    }
    return found;
  }
}

function unlessNone({ figures }: PlacesOf, places: string[]): string[] {
  if (places.length === 0) {
    figures.complete = false;
    warn(figures, 'places-unknown');
  }
  return places;
}
