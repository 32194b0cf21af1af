import { Injectable } from '@nestjs/common';
import { Transactions } from '../../../platform/database/transactions.js';
import { PARAMETER_IGNORED } from '../domain/figures.js';
import { halvesOf, type Span, windowsOf } from '../domain/windows.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { Gathering } from './gathering.js';
import { Intake } from './intake.js';
import { pagesOf } from './pages.js';
import { count, type SyncRun, warn } from './sync-run.js';

/** Servers cap pages at 100 (Epic, HealthLake) or above. */
const PAGE_SIZE = '100';

/** A row stamped at the start of a transaction shows only at its end: 20 s late was seen to be lost without overlap. */
const OVERLAP_MS = 5 * 60_000;

/** A row without a start is in no window: the first sync looks for those among what changed lately. */
const UNDATED_LOOK_BACK_MS = 31 * 86_400_000;

/** Ids in one address: 50 of 64 characters stay below the 4 KB that every proxy takes. */
const IDS_PER_SEARCH = 50;
/** Beyond this many patients their changes are asked for as a whole and the strangers among them dropped unread. */
const SEARCH_BY_ID_UP_TO = 500;

/** Searches an EHR for a sync and takes in what it shows. */
@Injectable()
export class Crawl {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly intake: Intake,
  ) {}

  /** Every day of the horizon, window by window. */
  async everything(run: SyncRun): Promise<void> {
    await this.gather(run, async (into) => {
      for (const window of windowsOf(run.horizon)) await this.window(into, window);
    });
  }

  /** Rows that no window shows, where changes can be asked for. */
  async undated(run: SyncRun): Promise<void> {
    if (!run.startedAt) return;
    const since = sinceOf(run.startedAt, UNDATED_LOOK_BACK_MS);
    await this.gather(run, async (into) => {
      for (const place of placesOf(run))
        await this.whole(into, 'Appointment', { ...since, ...place, _count: PAGE_SIZE });
    });
  }

  /** What changed since the mark: visits, and the patients whom a visit needs. */
  async changes(run: SyncRun, mark: Date): Promise<void> {
    const since = sinceOf(mark, OVERLAP_MS);
    await this.gather(run, async (into) => {
      for (const place of placesOf(run))
        await this.whole(into, 'Appointment', { ...since, ...place, ...includesOf(run) });
    });
    if (run.capabilities.patientLastUpdated) await this.patients(run, since);
  }

  private async patients(run: SyncRun, since: SearchParams): Promise<void> {
    const { ctx, connected, horizon } = run;
    const needed = await this.transactions.run(ctx, (tx) =>
      this.resources.neededPatients(tx, connected.connection.id, horizon.from),
    );
    const byId = needed.length <= SEARCH_BY_ID_UP_TO;
    const searches = byId ? chunksOf(needed, IDS_PER_SEARCH).map((ids) => ({ _id: ids.join(',') })) : [{}];
    await this.gather(run, async (into) => {
      for (const ids of searches) await this.whole(into, 'Patient', { ...since, ...ids, _count: PAGE_SIZE });
    });
  }

  /** A window that the server calls incomplete is cut in halves, down to a day. */
  private async window(into: Gathering, span: Span): Promise<void> {
    const { run } = into;
    const date = [`ge${span.from.toISOString()}`, `lt${span.to.toISOString()}`];
    let complete = true;
    for (const place of placesOf(run)) {
      complete = (await this.unit(into, 'Appointment', { date, ...place, ...includesOf(run) })) && complete;
    }
    if (complete) return;
    const halves = halvesOf(span);
    if (!halves) return void (run.figures.complete = false);
    for (const half of halves) await this.window(into, half);
  }

  /** A search that cannot be cut smaller. */
  private async whole(into: Gathering, type: string, params: SearchParams): Promise<void> {
    if (!(await this.unit(into, type, params))) into.run.figures.complete = false;
  }

  /** One search to its last page; begun again once when the EHR forgot it. False when rows may be missing. */
  private async unit(into: Gathering, type: string, params: SearchParams): Promise<boolean> {
    try {
      return await this.search(into, type, params);
    } catch (error) {
      if (!(error instanceof FhirFault) || error.code !== 'fhir.page-expired') throw error;
      return this.search(into, type, params);
    }
  }

  private async search(into: Gathering, type: string, params: SearchParams): Promise<boolean> {
    const { run } = into;
    let complete = true;
    await run.keep();
    for await (const page of pagesOf(run.connected.client, type, params)) {
      run.startedAt ??= page.date;
      complete &&= !page.incomplete;
      if (page.ignoredParameter) warn(run.figures, PARAMETER_IGNORED);
      if (page.unreadable > 0) count(run.figures.quarantined, 'unreadable', page.unreadable);
      run.figures.pages++;
      await run.keep();
      await into.add(page.resources);
    }
    return complete;
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

function sinceOf(at: Date, backMs: number): SearchParams {
  return { _lastUpdated: `ge${new Date(at.getTime() - backMs).toISOString()}` };
}

function placesOf({ connected }: SyncRun): SearchParams[] {
  const { locations } = connected.connection;
  return locations.length === 0 ? [{}] : locations.map((location) => ({ location }));
}

function includesOf({ capabilities }: SyncRun): SearchParams {
  return { _count: PAGE_SIZE, ...(capabilities.includes.length > 0 && { _include: capabilities.includes }) };
}

function chunksOf<T>(items: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
