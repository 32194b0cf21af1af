import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { basesOf } from '../domain/connection.js';
import {
  type BadRow,
  companionsOf,
  compare,
  type IncomingRow,
  type SortedRows,
  sortRows,
} from '../domain/incoming.js';
import { type Need, needsOf } from '../domain/needs.js';
import { withOwnReferences } from '../domain/own-references.js';
import { type Bases, keyText } from '../domain/reference.js';
import { namesForeign } from '../domain/row-checks.js';
import type { FhirRow, FollowedType, Merge, SyncedType } from '../domain/rows.js';
import { contains, type Span } from '../domain/windows.js';
import { type Stamp, stampOf } from '../domain/stamp.js';
import { AppointmentsChanged, PatientsChanged } from '../events.js';
import type { Connected } from '../infrastructure/clients.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { WithheldRecords } from '../infrastructure/withheld-records.js';
import { FirstSight } from './first-sight.js';
import { Quarantine } from './quarantine.js';
import { type Pages, Sinks } from './sinks.js';

/** What came of a page. */
export interface Taken {
  changed: Record<SyncedType, number>;
  bad: BadRow[];
  ignored: number;
  older: number;
  /** The visits that were stored. */
  visits: Pick<IncomingRow, 'startsAt' | 'lastUpdated'>[];
  /** Visits left for the next time, because the EHR did not answer for who takes part. */
  postponed: number;
}

/** Rows whose companions are stored: what is left to do of them. */
export interface Met extends SortedRows {
  /** What it comes to once the rows are stored too. */
  taken: Taken;
}

const NOBODY: ReadonlyMap<string, Need> = new Map();

interface News {
  changed: IncomingRow[];
  /** Patients, practitioners and places that nobody has seen yet. */
  unseen: IncomingRow[];
  ignored: number;
  older: number;
}

/** A sync under way. */
export interface Sweep {
  horizon: Span;
  /** Until when the companions are followed that it has met (`Patient/1`): it need not ask for them again. */
  followed: Map<string, Date>;
  /** Who takes part, as far as this sync has read them, in their newest version: `Patient/1`… */
  companions: Map<string, Stamp>;
}

/** `all`: whatever was asked for by name. In a sweep visits outside of its horizon count only when they are known. */
export type Wanted = 'all' | Sweep;

/**
 * Takes rows of the EHR in, in two steps: who takes part in visits first, then the visits. What is new or really
 * changed goes to the sinks, in one transaction per step with our own notes and the event; bad rows are put aside;
 * unchanged ones do nothing. A patient stored without the visit is stored already when the visit comes again.
 */
@Injectable()
export class Intake {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly quarantine: Quarantine,
    private readonly firstSight: FirstSight,
    private readonly withheld: WithheldRecords,
    private readonly sinks: Sinks,
    private readonly events: Events,
  ) {}

  async take(ctx: Context, connected: Connected, found: SortedRows, wanted: Wanted): Promise<Taken> {
    return this.store(ctx, connected, await this.meet(ctx, connected, found, wanted));
  }

  /** The first step: looks what is new, reads who is unknown, and stores patients, practitioners and places. */
  async meet(ctx: Context, connected: Connected, found: SortedRows, wanted: Wanted): Promise<Met> {
    const { connection } = connected;
    const { rows, bad } = found;
    const followed: Sweep['followed'] = wanted === 'all' ? new Map() : wanted.followed;
    const news = await this.transactions.run(ctx, (tx) => this.newsOf(tx, connected, rows, wanted));
    const bases = basesOf(connection);
    if (news.changed.some(({ resource }) => namesForeign(resource, bases)))
      await connected.client.tellForeign('reference');
    const companions = companionsOf(news.changed);
    const present = new Set(rows.map(({ key }) => key));
    const met = await this.firstSight.meet(
      ctx,
      connected,
      [...companions].filter((key) => !present.has(key) && !followed.has(key)),
    );
    if (wanted !== 'all') {
      for (const one of met.resources)
        wanted.companions.set(keyText({ type: one.resourceType, id: one.id! }), stampOf(one));
    }
    const answered = news.changed.filter((row) => !namesAny(row, met.unread));
    const kept = wanted === 'all' ? news.unseen : news.unseen.filter(({ key }) => companions.has(key));
    const [visits, changed] = parted(answered);
    const needs = needsOf(visits, followed);
    const others = [...changed, ...kept, ...sortRows(met.resources, bases).rows];
    await this.takeMerged(
      ctx,
      connection.id,
      [...met.merged].map(([key, into]) => mergeOf(connection.id, key, into)),
    );
    const { pages, known } = await this.storeCompanions(ctx, connection, others, needs);
    // Only now: what a rollback took back must be asked for again.
    for (const [key, { until }] of needs) followed.set(key, known.get(key) ?? until);
    const { ignored, older } = news;
    const postponed = news.changed.length - answered.length;
    return {
      rows: visits,
      bad,
      taken: { changed: countsOf(pages), bad, ignored, older, postponed, visits: [] },
    };
  }

  /** The second step: stores the visits, and puts the bad rows aside. */
  async store(ctx: Context, { connection }: Connected, { rows, bad, taken }: Met): Promise<Taken> {
    const pages = noPages(connection.id);
    let stored: IncomingRow[] = [];
    if (rows.length > 0 || bad.length > 0) {
      await this.transactions.run(ctx, async (tx) => {
        await this.quarantine.put(tx, connection.id, bad);
        const ids = await this.keep(tx, { rows, needs: NOBODY, bases: basesOf(connection) }, pages);
        stored = rows.filter(({ key }) => ids.has(key));
        await this.hand(tx, pages);
      });
    }
    return {
      ...taken,
      changed: { ...taken.changed, Appointment: stored.length },
      visits: stored.map(({ startsAt, lastUpdated }) => ({ startsAt, lastUpdated })),
    };
  }

  /** Rows that the EHR has no more. Returns how many were there until now. */
  takeGone(ctx: Context, connectionId: Uuid, type: FollowedType, fhirIds: string[]): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const gone = await this.resources.markGone(tx, { connectionId, type }, fhirIds);
      const keys = fhirIds.map((fhirId) => ({ type, fhirId }));
      await this.quarantine.release(tx, connectionId, keys);
      await this.withheld.open(tx, connectionId, { keys, resolution: 'gone' });
      const pages = noPages(connectionId);
      pages[type].gone.push(...gone);
      await this.hand(tx, pages);
      return gone.length;
    });
  }

  /**
   * Patients whom the EHR has joined to others. They stay followed: once the EHR answers for one again, its record is
   * news, whatever it says.
   */
  async takeMerged(ctx: Context, connectionId: Uuid, merges: readonly Merge[]): Promise<void> {
    if (merges.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const fhirIds = merges.map(({ fhirId }) => fhirId);
      await this.resources.markMerged(tx, connectionId, fhirIds);
      const keys = fhirIds.map((fhirId) => ({ type: 'Patient' as const, fhirId }));
      await this.withheld.open(tx, connectionId, { keys, resolution: 'merged-in-ehr' });
      await this.sinks.handMerges(tx, merges);
    });
  }

  private async newsOf(
    ctx: TxContext,
    { connection }: Connected,
    rows: IncomingRow[],
    wanted: Wanted,
  ): Promise<News> {
    const news: News = { changed: [], unseen: [], ignored: 0, older: 0 };
    if (rows.length === 0) return news;
    const known = await this.resources.known(ctx, connection.id, rows);
    await this.quarantine.release(ctx, connection.id, rows);
    const shown = rows.filter(({ key }) => !known.get(key)?.restricted);
    const keys = shown.filter(({ key }) => known.get(key)?.forbidden);
    await this.withheld.open(ctx, connection.id, { keys, resolution: 'readable-again' });
    for (const row of shown) sortNews(news, row, { state: compare(row, known.get(row.key)), wanted });
    return news;
  }

  /** `known`: until when those are followed who were there before, by key (`Patient/1`). */
  private async storeCompanions(
    ctx: Context,
    connection: Connected['connection'],
    rows: IncomingRow[],
    needs: ReadonlyMap<string, Need>,
  ): Promise<{ pages: Pages; known: Map<string, Date> }> {
    const pages = noPages(connection.id);
    if (rows.length === 0 && needs.size === 0) return { pages, known: new Map() };
    return this.transactions.run(ctx, async (tx) => {
      const stored = await this.keep(tx, { rows, needs, bases: basesOf(connection) }, pages);
      const others = [...needs].filter(([key]) => !stored.has(key)).map(([, need]) => need);
      const known = await this.resources.need(tx, connection.id, others);
      await this.hand(tx, pages);
      return { pages, known };
    });
  }

  /** Stores rows and puts those that are news on the pages for the sinks. Returns these by key. */
  private async keep(
    ctx: TxContext,
    { rows, needs, bases }: { rows: IncomingRow[]; needs: ReadonlyMap<string, Need>; bases: Bases },
    pages: Pages,
  ): Promise<Map<string, Uuid>> {
    const { connectionId } = pages.Appointment;
    const stored = await this.resources.store(ctx, connectionId, rows, needs);
    for (const row of rows) {
      const resourceId = stored.get(row.key);
      if (resourceId)
        pages[row.type].changed.push(fhirRow(row, { resourceId, connectionId }, bases) as never);
    }
    return stored;
  }

  private async hand(ctx: TxContext, pages: Pages): Promise<void> {
    await this.sinks.hand(ctx, pages);
    await this.events.publish(ctx, PatientsChanged, idsOf(pages.Patient));
    await this.events.publish(ctx, AppointmentsChanged, idsOf(pages.Appointment));
  }
}

/** Visits, and who and what takes part. */
function parted(rows: IncomingRow[]): [visits: IncomingRow[], others: IncomingRow[]] {
  const visits = rows.filter(({ type }) => type === 'Appointment');
  return [visits, rows.filter(({ type }) => type !== 'Appointment')];
}

function sortNews(
  news: News,
  row: IncomingRow,
  { state, wanted }: { state: ReturnType<typeof compare>; wanted: Wanted },
): void {
  if (state === 'older') news.older++;
  else if (state === 'changed') news.changed.push(row);
  else if (state === 'new' && row.type !== 'Appointment') news.unseen.push(row);
  else if (state === 'new' && isWantedVisit(row, wanted)) news.changed.push(row);
  else if (state === 'new') news.ignored++;
}

function isWantedVisit(row: IncomingRow, wanted: Wanted): boolean {
  if (!row.actionable) return false;
  return wanted === 'all' || (row.startsAt !== null && contains(wanted.horizon, row.startsAt));
}

function namesAny(row: IncomingRow, keys: Set<string>): boolean {
  return keys.size > 0 && [...companionsOf([row])].some((key) => keys.has(key));
}

function fhirRow(
  { fhirId, versionId, resource }: IncomingRow,
  ids: Pick<FhirRow, 'resourceId' | 'connectionId'>,
  bases: Bases,
): FhirRow {
  return { ...ids, fhirId, versionId, resource: withOwnReferences(resource, bases) };
}

function noPages(connectionId: Uuid): Pages {
  const page = () => ({ connectionId, changed: [], gone: [] });
  return {
    Patient: page(),
    RelatedPerson: page(),
    Practitioner: page(),
    Location: page(),
    Appointment: page(),
  };
}

function countsOf(pages: Pages): Taken['changed'] {
  const { Patient, Practitioner, Location, Appointment } = pages;
  return {
    Patient: Patient.changed.length,
    Practitioner: Practitioner.changed.length,
    Location: Location.changed.length,
    Appointment: Appointment.changed.length,
  };
}

function idsOf({ changed, gone }: Pages[FollowedType]): Uuid[] {
  return [...changed, ...gone].map(({ resourceId }) => resourceId);
}

/** `Patient/1` was joined to `Patient/2`. */
export function mergeOf(connectionId: Uuid, merged: string, into: string): Merge {
  return { connectionId, fhirId: idIn(merged), intoFhirId: idIn(into) };
}

function idIn(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
