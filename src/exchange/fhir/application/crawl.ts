import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { basesOf } from '../domain/connection.js';
import { PARAMETER_IGNORED } from '../domain/figures.js';
import { readInstant } from '../domain/row-checks.js';
import { namesPlace } from '../domain/row-filter.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { Gathering } from './gathering.js';
import { Intake } from './intake.js';
import { pagesOf } from './pages.js';
import { count, type SyncRun, warn } from './sync-run.js';

/** Servers cap pages at 100 (Epic, HealthLake) or above. */
export const PAGE_SIZE = '100';

/** A row without a start is in no window: the first sync looks for those among what changed lately. */
const UNDATED_LOOK_BACK_MS = 31 * 86_400_000;

/** Ids in one address: 50 of 64 characters stay below the 4 KB that every proxy takes. */
const IDS_PER_SEARCH = 50;
/** Beyond this many patients their changes are asked for as a whole and the strangers among them dropped unread. */
const SEARCH_BY_ID_UP_TO = 500;

/** One search, and what each visit of its answer must name (`Location/1`; empty: nothing). */
export interface Search {
  type: string;
  params: SearchParams;
  place: string;
  /** Only rows that no window can show. */
  undated?: boolean;
}

export interface Searched {
  /** False when the EHR says that rows may be missing. */
  complete: boolean;
  /** The EHR's own clock at the first page. */
  beganAt: Date | null;
}

/** Searches an EHR for a sync and takes in what it shows. */
@Injectable()
export class Crawl {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly intake: Intake,
  ) {}

  /** Rows that no window shows, where changes can be asked for. */
  async undated(run: SyncRun): Promise<void> {
    if (run.startedAt) await this.visits(run, sinceOf(run.startedAt, UNDATED_LOOK_BACK_MS), true);
  }

  /** The visits that changed since the mark. */
  changes(run: SyncRun, mark: Date): Promise<void> {
    return this.visits(run, { ...sinceOf(mark, overlapOf(run)), ...includesOf(run) });
  }

  /** The patients whom a visit needs, as far as they changed since the mark. */
  async patients(run: SyncRun, mark: Date): Promise<void> {
    const { ctx, connected, horizon } = run;
    const needed = await this.transactions.run(ctx, (tx) =>
      this.resources.needed(tx, { connectionId: connected.connection.id, type: 'Patient' }, horizon.from),
    );
    const byId = needed.length <= SEARCH_BY_ID_UP_TO;
    const searches = byId ? chunksOf(needed, IDS_PER_SEARCH).map((ids) => ({ _id: ids.join(',') })) : [{}];
    const since = sinceOf(mark, overlapOf(run));
    await this.gather(run, async (into) => {
      for (const ids of searches) {
        const params = { ...since, ...ids, _count: PAGE_SIZE };
        await this.whole(into, { type: 'Patient', params, place: '' });
      }
    });
  }

  /** One search to its last page; begun again once when the EHR forgot it. */
  search(into: Gathering, search: Search): Promise<Searched> {
    return begunAgain(() => this.once(into, search));
  }

  private async visits(run: SyncRun, params: SearchParams, undated = false): Promise<void> {
    const { locations } = run.connected.connection;
    await this.gather(run, async (into) => {
      for (const place of locations.length === 0 ? [''] : locations) {
        const at: SearchParams = place === '' ? {} : { location: place };
        await this.whole(into, {
          type: 'Appointment',
          params: { ...params, ...at, _count: PAGE_SIZE },
          place,
          undated,
        });
      }
    });
    run.visits.clear();
  }

  /** A search that cannot be cut smaller. */
  private async whole(into: Gathering, search: Search): Promise<void> {
    const { complete } = await this.search(into, search);
    if (!complete) into.run.figures.complete = false;
  }

  private async once(into: Gathering, { type, params, place, undated }: Search): Promise<Searched> {
    const { run } = into;
    const { client, connection } = run.connected;
    const searched: Searched = { complete: true, beganAt: null };
    await run.keep();
    for await (const page of pagesOf(client, type, params)) {
      run.startedAt ??= page.date;
      searched.beganAt ??= page.date;
      searched.complete &&= !page.incomplete;
      if (page.ignoredParameter) warn(run.figures, PARAMETER_IGNORED);
      if (page.unreadable > 0) count(run.figures.quarantined, 'unreadable', page.unreadable);
      run.figures.pages++;
      run.steady.paged ||= page.next !== null;
      await run.keep();
      // The EHR may have dropped the filter, whether it says so or not.
      const named = page.resources.filter((resource) => namesPlace(resource, place, basesOf(connection)));
      run.figures.ignored += page.resources.length - named.length;
      await into.add(undated ? named.filter(isUndated) : named);
    }
    return searched;
  }

  /** Also when a page fails: what came before it counts as seen, and would not be taken another time. */
  private async gather(run: SyncRun, work: (into: Gathering) => Promise<void>): Promise<void> {
    const into = new Gathering(run, this.intake);
    try {
      await work(into);
    } finally {
      await into.end();
    }
  }
}

/** What was forgotten by the EHR half way is asked once more from its beginning. */
export async function begunAgain<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search();
  } catch (error) {
    if (!(error instanceof FhirFault) || error.code !== 'fhir.page-expired') throw error;
    return search();
  }
}

function isUndated(resource: FhirResource): boolean {
  return resource.resourceType === 'Appointment' && !(readInstant(resource.start) instanceof Date);
}

export function includesOf({ capabilities }: SyncRun): SearchParams {
  return capabilities.includes.length > 0 ? { _include: capabilities.includes } : {};
}

function overlapOf({ connected }: SyncRun): number {
  return connected.connection.overlapSeconds * 1_000;
}

function sinceOf(at: Date, backMs: number): SearchParams {
  return { _lastUpdated: `ge${new Date(at.getTime() - backMs).toISOString()}` };
}

function chunksOf<T>(items: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
