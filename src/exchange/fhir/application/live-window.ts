import { Injectable } from '@nestjs/common';
import type { Appointment, FhirResource } from 'fhir/r4.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isQuiet } from '../domain/bands.js';
import type { Capabilities } from '../domain/capabilities.js';
import { basesOf } from '../domain/connection.js';
import { derivedId } from '../domain/derived-id.js';
import { noFigures } from '../domain/figures.js';
import { sortRows } from '../domain/incoming.js';
import { keyText } from '../domain/reference.js';
import { readInstant } from '../domain/row-checks.js';
import { namesPlace } from '../domain/row-filter.js';
import type { FhirRow } from '../domain/rows.js';
import { stampOf } from '../domain/stamp.js';
import { contains, halvesOf, type Span } from '../domain/windows.js';
import { Clients, type Connected } from '../infrastructure/clients.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { begunAgain } from './crawl.js';
import { readState } from './live-read.js';
import { pagesOf } from './pages.js';
import { Places } from './places.js';
import { Probe } from './probe.js';
import { paramsAt, searchedSpans } from './scan-search.js';

/** Read side by side at the connection's budget. */
const READS_AT_ONCE = 50;
/** Visits that no search shows are read by their ids, up to so many: beyond it the window counts as incomplete. */
const MOST_READS = 500;

export interface LiveVisit extends FhirRow<Appointment> {
  /** When the EHR changed it; null when it does not say. */
  changedAt: Date | null;
}

/** A visit of the EHR that cannot be used. */
export interface UnusableVisit {
  /** `Appointment/1` */
  reference: string;
  /** A code: one of a row's check, or `forbidden`. */
  reason: string;
  /** Null when it has none that can be read. */
  startsAt: Date | null;
}

/** What an EHR has in a window of time now. */
export interface LiveWindowRows {
  /** Those that begin in it, and those known to, wherever they are now. A visit that the EHR has no more is not among them. */
  visits: LiveVisit[];
  unusable: UnusableVisit[];
  /** False when the EHR did not, or may not, have shown everything. */
  complete: boolean;
  /** The EHR's own clock at the first answer; null when it tells none. */
  askedAt: Date | null;
}

interface Asking {
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  days: Span;
  /** FHIR ids of those known to begin in these days. */
  known: ReadonlySet<string>;
  found: FhirResource[];
  forbidden: string[];
  complete: boolean;
  askedAt: Date | null;
}

/** Asks an EHR for the visits of some days as it has them now, by the searches of a scan. Nothing is taken in. */
@Injectable()
export class LiveWindow {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly places: Places,
    private readonly resources: ResourcesRepository,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Throws not-found, `fhir.paused`, `fhir.unavailable` and what else a search throws. */
  async run(ctx: Context, connectionId: Uuid, days: Span): Promise<LiveWindowRows> {
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const connected = await this.clients.of(ctx, connectionId);
    const known = new Set(
      await this.transactions.run(ctx, (tx) => this.resources.startingIn(tx, connectionId, days)),
    );
    const noneYet = { found: [], forbidden: [], complete: true, askedAt: null };
    const asking: Asking = { ctx, connected, capabilities, days, known, ...noneYet };
    if (capabilities.scanBy !== 'known') await this.search(asking);
    await readUnseen(asking);
    return this.rowsOf(asking);
  }

  /** Whether this EHR is not to be asked now unless somebody wants it. No network. Throws not-found. */
  async isQuiet(ctx: Context, connectionId: Uuid): Promise<boolean> {
    const { quietHours } = (await this.clients.evenPaused(ctx, connectionId)).connection;
    if (quietHours === null) return false;
    const { timeZone } = await this.organizations.current(ctx);
    return isQuiet(await this.transactions.run(ctx, nowIn), timeZone, quietHours);
  }

  private async search(asking: Asking): Promise<void> {
    for (const place of await this.placesOf(asking))
      for (const span of searchedSpans(asking.capabilities, asking.days)) await window(asking, place, span);
  }

  /** All that the EHR tells of, also those that no scan has met: a visit there would be missed by every scan. */
  private async placesOf(asking: Asking): Promise<string[]> {
    const { ctx, connected, capabilities, days } = asking;
    const figures = noFigures(capabilities.syncStrategy, 'all');
    const keep = (): Promise<void> => Promise.resolve();
    const wish = { ctx, connected, capabilities, band: 'all', horizon: days, figures, keep } as const;
    const places = await this.places.of(wish);
    asking.complete &&= figures.complete && !figures.warnings.includes('many-places');
    return places;
  }

  private async rowsOf(asking: Asking): Promise<LiveWindowRows> {
    const { ctx, connected, known, found, forbidden, complete, askedAt } = asking;
    const connectionId = connected.connection.id;
    const { rows, bad } = sortRows(found, basesOf(connected.connection));
    // A visit without a start stands nowhere: it matters where one was known.
    const wanted = rows.filter(({ fhirId, startsAt }) => startsAt !== null || known.has(fhirId));
    const ids = await this.transactions.run(ctx, (tx) =>
      this.resources.idsOf(
        tx,
        { connectionId, type: 'Appointment' },
        wanted.map(({ fhirId }) => fhirId),
      ),
    );
    const starts = new Map(found.map((one) => [one.id, startOf(one)]));
    return {
      visits: wanted.map(({ fhirId, versionId, resource }) => ({
        resourceId: ids.get(fhirId) ?? derivedId(connectionId, 'Appointment', fhirId),
        connectionId,
        fhirId,
        versionId,
        resource: resource as Appointment,
        changedAt: stampOf(resource).lastUpdated,
      })),
      unusable: [
        ...bad.map(({ fhirId, reason }) => ({ fhirId, reason, startsAt: starts.get(fhirId) ?? null })),
        ...forbidden.map((fhirId) => ({ fhirId, reason: 'forbidden', startsAt: null })),
      ].map(({ fhirId, ...why }) => ({ reference: keyText({ type: 'Appointment', id: fhirId }), ...why })),
      complete,
      askedAt,
    };
  }
}

/** A window that the EHR calls incomplete is cut in halves, down to a day. */
async function window(asking: Asking, place: string, span: Span): Promise<void> {
  if (await begunAgain(() => pages(asking, place, span))) return;
  const halves = halvesOf(span);
  if (!halves) asking.complete = false;
  else for (const half of halves) await window(asking, place, half);
}

/** False when the EHR says that rows may be missing. */
async function pages(asking: Asking, place: string, span: Span): Promise<boolean> {
  const { client, connection } = asking.connected;
  let complete = true;
  for await (const page of pagesOf(client, 'Appointment', paramsAt(place, span))) {
    asking.askedAt ??= page.date;
    complete &&= !page.incomplete;
    // What cannot be read has no id by which it could be told.
    asking.complete &&= page.unreadable === 0;
    // The EHR may have dropped the filter, whether it says so or not.
    asking.found.push(
      ...page.resources.filter(
        (resource) => isOfWindow(asking, resource) && namesPlace(resource, place, basesOf(connection)),
      ),
    );
  }
  return complete;
}

/** Also one whose start cannot be read: the search showed it. */
function isOfWindow({ days, known }: Asking, resource: FhirResource): boolean {
  if (resource.resourceType !== 'Appointment') return false;
  const startsAt = startOf(resource);
  return startsAt === null || contains(days, startsAt) || known.has(resource.id!);
}

/** Absent from a search is neither gone nor moved: each is read by its id. */
async function readUnseen(asking: Asking): Promise<void> {
  const seen = new Set(asking.found.map(({ id }) => id));
  const unseen = [...asking.known].filter((id) => !seen.has(id));
  const most = asking.capabilities.scanBy === 'known' ? unseen.length : MOST_READS;
  asking.complete &&= unseen.length <= most;
  const wanted = unseen.slice(0, most);
  for (let at = 0; at < wanted.length; at += READS_AT_ONCE)
    await Promise.all(wanted.slice(at, at + READS_AT_ONCE).map((id) => read(asking, id)));
}

async function read({ connected, found, forbidden }: Asking, id: string): Promise<void> {
  const answer = await readState(connected.client, { type: 'Appointment', id });
  if (answer.state === 'current') found.push(answer.resource);
  if (answer.state === 'forbidden') forbidden.push(id);
}

function startOf(resource: FhirResource): Date | null {
  const at = readInstant((resource as Appointment).start);
  return at instanceof Date ? at : null;
}
