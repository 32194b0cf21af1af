import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { type BadRow, companionsOf, compare, type IncomingRow, sortRows } from '../domain/incoming.js';
import type { FhirRow, FollowedType } from '../domain/rows.js';
import { contains, type Span } from '../domain/windows.js';
import { AppointmentsChanged, PatientsChanged } from '../events.js';
import type { Connected } from '../infrastructure/clients.js';
import { QuarantineRepository } from '../infrastructure/quarantine.repository.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { FirstSight } from './first-sight.js';
import { type Pages, Sinks } from './sinks.js';

/** What came of a page. */
export interface Taken {
  changed: Record<FollowedType, number>;
  bad: BadRow[];
  ignored: number;
  older: number;
  /** Visits left for the next time, because the EHR did not answer for who takes part. */
  postponed: number;
}

interface News {
  changed: IncomingRow[];
  /** Patients, practitioners and places that nobody has seen yet. */
  unseen: IncomingRow[];
  ignored: number;
  older: number;
}

/** `all`: whatever was asked for by name. A span: visits outside of it count only when they are known. */
export type Wanted = 'all' | Span;

/**
 * Takes rows of the EHR in. What is new or really changed goes to the sinks, in one transaction with our own notes
 * and the event; bad rows are put aside; unchanged ones do nothing.
 */
@Injectable()
export class Intake {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly quarantine: QuarantineRepository,
    private readonly firstSight: FirstSight,
    private readonly sinks: Sinks,
    private readonly events: Events,
  ) {}

  async take(ctx: Context, connected: Connected, found: FhirResource[], wanted: Wanted): Promise<Taken> {
    const { baseUrl } = connected.connection;
    const { rows, bad } = sortRows(found, baseUrl);
    const news = await this.transactions.run(ctx, (tx) => this.newsOf(tx, connected, rows, wanted));
    const companions = companionsOf(news.changed);
    const present = new Set(rows.map(({ key }) => key));
    const met = await this.firstSight.meet(
      ctx,
      connected,
      [...companions].filter((key) => !present.has(key)),
    );
    const visits = news.changed.filter((row) => !namesAny(row, met.unread));
    const kept = wanted === 'all' ? news.unseen : news.unseen.filter(({ key }) => companions.has(key));
    const store = [...visits, ...kept, ...sortRows(met.resources, baseUrl).rows];
    const changed = await this.store(ctx, connected, store, bad);
    const postponed = news.changed.length - visits.length;
    return { changed, bad, ignored: news.ignored, older: news.older, postponed };
  }

  /** Rows that the EHR has no more. Returns how many were there until now. */
  takeGone(ctx: Context, connectionId: Uuid, type: FollowedType, fhirIds: string[]): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const gone = await this.resources.markGone(tx, { connectionId, type }, fhirIds);
      await this.quarantine.release(
        tx,
        connectionId,
        fhirIds.map((fhirId) => ({ type, fhirId })),
      );
      const pages = noPages(connectionId);
      pages[type].gone.push(...gone);
      await this.hand(tx, pages);
      return gone.length;
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
    for (const row of rows) sortNews(news, row, { state: compare(row, known.get(row.key)), wanted });
    return news;
  }

  private async store(
    ctx: Context,
    { connection }: Connected,
    rows: IncomingRow[],
    bad: BadRow[],
  ): Promise<Taken['changed']> {
    const pages = noPages(connection.id);
    if (rows.length > 0 || bad.length > 0) {
      await this.transactions.run(ctx, async (tx) => {
        await this.quarantine.put(tx, connection.id, bad);
        const ids = await this.resources.store(tx, connection.id, rows);
        for (const row of rows)
          pages[row.type].changed.push(...(fhirRow(row, connection.id, ids) as never[]));
        await this.resources.need(tx, connection.id, needsOf(rows));
        await this.hand(tx, pages);
      });
    }
    return countsOf(pages);
  }

  private async hand(ctx: TxContext, pages: Pages): Promise<void> {
    await this.sinks.hand(ctx, pages);
    await this.events.publish(ctx, PatientsChanged, idsOf(pages.Patient));
    await this.events.publish(ctx, AppointmentsChanged, idsOf(pages.Appointment));
  }
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
  return wanted === 'all' || (row.startsAt !== null && contains(wanted, row.startsAt));
}

function namesAny(row: IncomingRow, keys: Set<string>): boolean {
  return keys.size > 0 && [...companionsOf([row])].some((key) => keys.has(key));
}

function needsOf(rows: IncomingRow[]): { type: string; id: string; until: Date }[] {
  return rows.flatMap(({ actors, startsAt }) =>
    startsAt === null ? [] : actors.map((actor) => ({ ...actor, until: monthAfter(startsAt) })),
  );
}

/** Whole months: a patient with many visits is not written again for each of them, and is followed a little longer. */
function monthAfter(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
}

function fhirRow(row: IncomingRow, connectionId: Uuid, stored: Map<string, Uuid>): FhirRow[] {
  const resourceId = stored.get(row.key);
  if (!resourceId) return [];
  return [{ resourceId, connectionId, fhirId: row.fhirId, versionId: row.versionId, resource: row.resource }];
}

function noPages(connectionId: Uuid): Pages {
  const page = () => ({ connectionId, changed: [], gone: [] });
  return { Patient: page(), Practitioner: page(), Location: page(), Appointment: page() };
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
