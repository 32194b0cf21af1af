import { Injectable } from '@nestjs/common';
import type { Appointment, FhirResource } from 'fhir/r4.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { actorsOf } from '../domain/row-checks.js';
import { FOLLOWED, type FhirRow, type FollowedType, type GoneRow } from '../domain/rows.js';
import { contains, type Span } from '../domain/windows.js';
import { AppointmentsChanged, PatientsChanged } from '../events.js';
import { type BadRow, QuarantineRepository } from '../infrastructure/quarantine.repository.js';
import { type KnownRow, ResourcesRepository } from '../infrastructure/resources.repository.js';
import type { Connected } from '../infrastructure/clients.js';
import { compare, type IncomingRow, sortRows } from './incoming.js';
import { FirstSight } from './first-sight.js';
import { type Pages, Sinks } from './sinks.js';

export interface Taken {
  changed: Record<FollowedType, number>;
  gone: number;
  quarantined: BadRow[];
  ignored: number;
  older: number;
}

type ByType<T> = Record<FollowedType, T>;

/**
 * Takes rows of the EHR in: what is new or really changed goes to the sinks, in one transaction with our own notes
 * and the event. What is bad is put aside, what is unchanged does nothing.
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

  /** `within`: visits outside of it are taken only when they are known. */
  async take(ctx: Context, connected: Connected, found: FhirResource[], within: Span | null): Promise<Taken> {
    const { connection } = connected;
    const sorted = sortRows(found, connection.baseUrl);
    const news = await this.newsOf(ctx, connection.id, sorted.rows, within);
    const wanted = wantedOf(news, connection.baseUrl);
    const present = new Set(sorted.rows.map(({ key }) => key));
    const met = await this.firstSight.read(ctx, connected, [...wanted].filter((key) => !present.has(key)));
    const kept = this.onlyWanted(news, wanted);
    const changed = [...kept.changed, ...sortRows(met, connection.baseUrl).rows];
    const counts = await this.store(ctx, connected, { changed, bad: sorted.bad });
    return { ...counts, quarantined: sorted.bad, ignored: sorted.ignored + news.ignored, older: news.older };
  }

  /** Rows that the EHR has no more. */
  async takeGone(ctx: Context, connectionId: Uuid, type: FollowedType, fhirIds: string[]): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const gone = await this.resources.markGone(tx, { connectionId, type }, fhirIds);
      await this.quarantine.release(tx, connectionId, type, fhirIds);
      if (gone.length > 0) await this.hand(tx, connectionId, { ...noRows(), gone: { type, rows: gone } });
      return gone.length;
    });
  }
}
