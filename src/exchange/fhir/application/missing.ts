import { Injectable } from '@nestjs/common';
import { Transactions } from '../../../platform/database/transactions.js';
import { mayRead } from '../domain/granted.policy.js';
import { keyText } from '../domain/reference.js';
import type { Span } from '../domain/windows.js';
import { WithheldRecords } from '../infrastructure/withheld-records.js';
import { WithheldRecordsRepository } from '../infrastructure/withheld-records.repository.js';
import { ResourcesRepository, type RowKey } from '../infrastructure/resources.repository.js';
import { type FollowedKey, IdReader } from './read-ids.js';
import { addTo, type SyncRun, warn } from './sync-run.js';

/** At the EHR's budget; what is left over is looked at the next time. */
const READS_PER_SYNC = 500;

/** Each may be one more alarm in the EHR. */
const WITHHELD_READS_PER_SYNC = 50;

/** Rows that should have been seen and were not. Absent from a search is not cancelled: each is read by its id. */
@Injectable()
export class Missing {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly ids: IdReader,
    private readonly withheld: WithheldRecords,
    private readonly withheldRows: WithheldRecordsRepository,
  ) {}

  /** Visits of these days, as far as they are known. */
  async known({ ctx, connected }: SyncRun, span: Span): Promise<FollowedKey[]> {
    const ids = await this.transactions.run(ctx, (tx) =>
      this.resources.startingIn(tx, connected.connection.id, span),
    );
    return ids.map((id) => ({ type: 'Appointment', id }));
  }

  /** Those of them that no page of the last searches showed, as many as may be read in one sync. */
  async visits(run: SyncRun, span: Span): Promise<FollowedKey[]> {
    const { visits, figures } = run;
    const missing = (await this.known(run, span)).filter((key) => !visits.has(keyText(key)));
    if (missing.length > READS_PER_SYNC) {
      figures.complete = false;
      warn(figures, 'many-missing');
    }
    return missing.slice(0, READS_PER_SYNC);
  }

  /** After a full sync: whoever takes part in a visit and was not shown waits to be read. */
  async note({ ctx, connected, horizon, companions }: SyncRun): Promise<void> {
    const { id } = connected.connection;
    await this.transactions.run(ctx, async (tx) => {
      const unread = await this.resources.unread(tx, id, horizon.from);
      // Sorted out here: a join of tens of thousands with a list took PostgreSQL half a minute when it guessed wrong.
      const others = unread.filter(({ type, fhirId }) => !companions.has(keyText({ type, id: fhirId })));
      await this.resources.refreshSoon(tx, id, others);
    });
  }

  /** Patients, practitioners and places that no search brings along, once a day. */
  async companions(run: SyncRun): Promise<void> {
    const { ctx, connected } = run;
    const { id } = connected.connection;
    const waiting = await this.transactions.run(ctx, (tx) => this.resources.waiting(tx, id, READS_PER_SYNC));
    const readable = waiting.filter(({ type }) => mayRead(run.capabilities, type));
    const unread = await this.look(run, readable.map(keyOf));
    const left = new Set(unread.map(keyText));
    const read = readable.filter(({ type, fhirId }) => !left.has(keyText({ type, id: fhirId })));
    await this.transactions.run(ctx, async (tx) => {
      await this.resources.refreshed(tx, id, read);
      await this.resources.postponeRefresh(
        tx,
        id,
        waiting.filter((row) => !read.includes(row)),
      );
    });
  }

  /**
   * Records behind break-the-glass, once a day while a visit ahead needs them: not every EHR would show in a search that
   * it opened one.
   */
  async restricted(run: SyncRun): Promise<void> {
    const { ctx, connected, horizon } = run;
    const of = { since: horizon.from, limit: WITHHELD_READS_PER_SYNC };
    const due = await this.transactions.run(ctx, (tx) =>
      this.withheldRows.dueAgain(tx, connected.connection.id, of),
    );
    await this.look(run, due.filter(({ type }) => mayRead(run.capabilities, type)).map(keyOf));
  }

  /** Reads these. Returns those that the EHR did not answer for. */
  async look(run: SyncRun, keys: FollowedKey[]): Promise<FollowedKey[]> {
    const { ctx, connected, figures } = run;
    if (keys.length === 0) return [];
    const { taken, gone, forbidden, unread } = await this.ids.read(ctx, connected, keys, run.keep);
    for (const one of taken) addTo(run, one);
    figures.gone += gone;
    figures.forbidden += forbidden.length;
    for (const key of forbidden) await this.withheld.forbid(ctx, connected.connection.id, key);
    if (unread.length > 0) {
      figures.complete = false;
      warn(figures, 'record-unread');
    }
    return unread;
  }
}

function keyOf({ type, fhirId }: RowKey): FollowedKey {
  return { type, id: fhirId };
}
