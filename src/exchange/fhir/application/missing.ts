import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { sortRows } from '../domain/incoming.js';
import { parseReference } from '../domain/reference.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { ForeignAddresses, isForeign } from './foreign-addresses.js';
import { Intake, mergeOf } from './intake.js';
import { readState } from './live-read.js';
import { addTo, type SyncRun, warn } from './sync-run.js';

/** Reads one after the other at the EHR's budget; what is left over is looked at the next time. */
const READS_PER_SYNC = 500;

/** Rows that should have been seen and were not. Absent from a search is not cancelled: each is read by its id. */
@Injectable()
export class Missing {
  constructor(
    private readonly transactions: Transactions,
    private readonly resources: ResourcesRepository,
    private readonly intake: Intake,
    private readonly worklist: WorklistFacade,
    private readonly foreign: ForeignAddresses,
  ) {}

  /** After a full crawl: visits of the horizon that no page showed. */
  async visits(run: SyncRun): Promise<void> {
    const { ctx, connected, horizon, seen, figures } = run;
    const known = await this.transactions.run(ctx, (tx) =>
      this.resources.startingIn(tx, connected.connection.id, horizon),
    );
    const missing = known.map((id) => `Appointment/${id}`).filter((key) => !seen.has(key));
    if (missing.length > READS_PER_SYNC) {
      figures.complete = false;
      warn(figures, 'many-missing');
    }
    for (const key of missing.slice(0, READS_PER_SYNC)) await this.look(run, key);
  }

  /** Patients, practitioners and places that no search brings along, once a day. */
  async companions(run: SyncRun): Promise<void> {
    const { ctx, connected, horizon } = run;
    const unseen = await this.transactions.run(ctx, (tx) =>
      this.resources.unseen(tx, connected.connection.id, { since: horizon.from, limit: READS_PER_SYNC }),
    );
    for (const { type, fhirId } of unseen) await this.look(run, `${type}/${fhirId}`);
  }

  private async look(run: SyncRun, key: string): Promise<void> {
    const { ctx, connected, figures } = run;
    const target = parseReference(key, connected.connection.baseUrl)!;
    await run.keep();
    const answer = await this.foreign
      .telling(ctx, connected.connection.id, () => readState(connected.client, target))
      .catch((error: unknown) => {
        if (isForeign(error)) return null;
        throw error;
      });
    // One record that points elsewhere must not keep all others from being synced.
    if (!answer) return warn(figures, 'foreign-address');
    if (answer.state === 'current') {
      const sorted = sortRows([answer.resource], connected.connection.baseUrl);
      addTo(run, await this.intake.take(ctx, connected, sorted, 'all'));
    } else if (answer.state === 'merged') {
      await this.intake.takeMerged(ctx, connected.connection.id, [
        mergeOf(connected.connection.id, key, answer.into),
      ]);
    } else if (answer.state === 'gone') {
      figures.gone += await this.intake.takeGone(ctx, connected.connection.id, target.type as 'Appointment', [
        target.id,
      ]);
    } else {
      figures.forbidden++;
      await this.tellStaff(run, target);
    }
  }

  /** The EHR began to hide a record: a person must find out why. Reminders are held by the read before each. */
  private tellStaff({ ctx, connected }: SyncRun, { type, id }: { type: string; id: string }): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = { connectionId: connected.connection.id, type: type as 'Appointment' };
      const resourceId = await this.resources.idOf(tx, rows, id);
      if (!resourceId) return;
      await this.worklist.raise(tx, {
        kind: 'ehr-access',
        reason: 'record-forbidden',
        key: `fhir.forbidden:${resourceId}`,
        subject: { kind: type.toLowerCase(), id: resourceId },
      });
    });
  }
}
