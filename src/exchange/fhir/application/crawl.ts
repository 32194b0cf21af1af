import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Capabilities } from '../domain/capabilities.js';
import type { SyncFigures } from '../domain/figures.js';
import { isOlder, type Stamp, stampOf } from '../domain/stamp.js';
import { halvesOf, type Span, windowsOf } from '../domain/windows.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { Intake, type Taken } from './intake.js';
import { pagesOf } from './pages.js';

/** One sync under way. */
export interface SyncRun {
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  horizon: Span;
  figures: SyncFigures;
  /** What the searches of this sync have shown, in its newest version: `Appointment/1`… */
  seen: Map<string, Stamp>;
  /** Rows that could not be used, so that each counts once. */
  bad: Set<string>;
  /** The EHR's clock when the sync began. */
  startedAt: Date | null;
  /** Called before each page: throws within seconds when another process has taken over. */
  keep(): Promise<void>;
}

/** Servers cap pages at 100 (Epic, HealthLake) or above. */
const PAGE_SIZE = '100';

/** Some pages share a transaction: a crash repeats these, and each statement is paid for once for all of them. */
const ROWS_AT_ONCE = 500;

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
    for (const window of windowsOf(run.horizon)) await this.window(run, window);
  }

  /** Rows that no window shows, where changes can be asked for. */
  async undated(run: SyncRun): Promise<void> {
    if (!run.startedAt) return;
    const since = sinceOf(run.startedAt, UNDATED_LOOK_BACK_MS);
    for (const place of placesOf(run))
      await this.whole(run, 'Appointment', { ...since, ...place, _count: PAGE_SIZE });
  }

  /** What changed since the mark: visits, and the patients whom a visit needs. */
  async changes(run: SyncRun, mark: Date): Promise<void> {
    const since = sinceOf(mark, OVERLAP_MS);
    for (const place of placesOf(run))
      await this.whole(run, 'Appointment', { ...since, ...place, ...includesOf(run) });
    if (run.capabilities.patientLastUpdated) await this.patients(run, since);
  }

  private async patients(run: SyncRun, since: SearchParams): Promise<void> {
    const { ctx, connected, horizon } = run;
    const needed = await this.transactions.run(ctx, (tx) =>
      this.resources.neededPatients(tx, connected.connection.id, horizon.from),
    );
    const byId = needed.length <= SEARCH_BY_ID_UP_TO;
    const searches = byId ? chunksOf(needed, IDS_PER_SEARCH).map((ids) => ({ _id: ids.join(',') })) : [{}];
    for (const ids of searches) await this.whole(run, 'Patient', { ...since, ...ids, _count: PAGE_SIZE });
  }

  /** A window that the server calls incomplete is cut in halves, down to a day. */
  private async window(run: SyncRun, span: Span): Promise<void> {
    const date = [`ge${span.from.toISOString()}`, `lt${span.to.toISOString()}`];
    let complete = true;
    for (const place of placesOf(run)) {
      complete = (await this.unit(run, 'Appointment', { date, ...place, ...includesOf(run) })) && complete;
    }
    if (complete) return;
    const halves = halvesOf(span);
    if (!halves) return void (run.figures.complete = false);
    for (const half of halves) await this.window(run, half);
  }

  /** A search that cannot be cut smaller. */
  private async whole(run: SyncRun, type: string, params: SearchParams): Promise<void> {
    if (!(await this.unit(run, type, params))) run.figures.complete = false;
  }

  /** One search to its last page; begun again once when the EHR forgot it. False when rows may be missing. */
  private async unit(run: SyncRun, type: string, params: SearchParams): Promise<boolean> {
    try {
      return await this.search(run, type, params);
    } catch (error) {
      if (!(error instanceof FhirFault) || error.code !== 'fhir.page-expired') throw error;
      return this.search(run, type, params);
    }
  }

  private async search(run: SyncRun, type: string, params: SearchParams): Promise<boolean> {
    const { connected, figures } = run;
    const gathered: FhirResource[] = [];
    let complete = true;
    let taking = Promise.resolve();
    // One after the other, while the next pages are already fetched and read.
    const take = async (): Promise<void> => {
      await taking;
      taking = this.takeIn(run, gathered.splice(0));
      // Its failure is thrown by whoever awaits it next.
      taking.catch(() => undefined);
    };
    await run.keep();
    try {
      for await (const page of pagesOf(connected.client, type, params)) {
        run.startedAt ??= page.date;
        complete &&= !page.incomplete;
        if (page.ignoredParameter) warn(figures, 'parameter-ignored');
        if (page.unreadable > 0) count(figures.quarantined, 'unreadable', page.unreadable);
        gathered.push(...page.resources.filter((resource) => isFresh(run.seen, resource)));
        figures.pages++;
        await run.keep();
        if (gathered.length >= rowsAtOnce(run)) await take();
      }
    } finally {
      // Also when a page fails: what came before it counts as seen, and would not be taken another time.
      await take();
      await taking;
    }
    return complete;
  }

  private async takeIn(run: SyncRun, rows: FhirResource[]): Promise<void> {
    run.figures.rows += rows.length;
    addTo(run, await this.intake.take(run.ctx, run.connected, rows, run.horizon));
    await run.keep();
  }
}

/** Rows come again on later pages while the EHR is edited, and as companions of many visits: the newest counts. */
function isFresh(seen: SyncRun['seen'], resource: FhirResource): boolean {
  const key = `${resource.resourceType}/${resource.id}`;
  const stamp = stampOf(resource);
  const before = seen.get(key);
  const unsaid = stamp.versionId === null && stamp.lastUpdated === null;
  if (before && !unsaid && !isOlder(before, stamp)) return false;
  seen.set(key, stamp);
  return true;
}

export function addTo({ figures, bad }: SyncRun, taken: Taken): void {
  for (const type of ['Patient', 'Practitioner', 'Location', 'Appointment'] as const) {
    figures.changed[type] += taken.changed[type];
  }
  for (const { type, fhirId, reason } of taken.bad) {
    if (!bad.has(`${type}/${fhirId}`)) count(figures.quarantined, reason, 1);
    bad.add(`${type}/${fhirId}`);
  }
  figures.ignored += taken.ignored;
  figures.older += taken.older;
  if (taken.postponed === 0) return;
  figures.complete = false;
  warn(figures, 'companion-unread');
}

export function warn(figures: SyncFigures, warning: string): void {
  if (!figures.warnings.includes(warning)) figures.warnings.push(warning);
}

function count(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/** Without includes each visit's companions are read one by one: then a page is enough at once for a lease. */
function rowsAtOnce({ capabilities }: SyncRun): number {
  return capabilities.includes.length > 0 ? ROWS_AT_ONCE : 1;
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
