import { Injectable } from '@nestjs/common';
import { FhirFacade } from '../../../../exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { Clock } from '../../../../platform/clock/clock.js';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import { driftWindow, nightOf } from '../../domain/drift-window.js';
import { DriftRepository } from '../../infrastructure/drift.repository.js';
import { type Begun, MakeReport } from './make-report.js';

/** A report is a witness of lately, not an archive. */
const KEPT_MS = 30 * 86_400_000;

interface Night {
  night: string;
  timeZone: string;
  now: Date;
}

/** Makes the report of each EHR by itself, once a night. */
@Injectable()
export class DriftLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly clock: Clock,
    private readonly reports: DriftRepository,
    private readonly make: MakeReport,
    private readonly log: Log,
  ) {}

  /** The loop's work: an EHR that has no report of this night. */
  async claim(ctx: Context): Promise<number> {
    const { timeZone } = await this.organizations.current(ctx);
    const now = await this.clock.now();
    const night = nightOf(now, timeZone);
    if (night === null) return 0;
    for (const { id, state } of await this.fhir.states(ctx)) {
      if (state === 'paused' || (await this.fhir.isQuiet(ctx, id))) continue;
      const report = await this.begin(ctx, id, { night, timeZone, now });
      if (report) return this.run(ctx, report);
    }
    return 0;
  }

  private begin(ctx: Context, connectionId: Uuid, { night, timeZone, now }: Night): Promise<Begun | null> {
    const window = driftWindow({}, now, timeZone);
    return this.transactions.run(ctx, async (tx) => {
      const id = await this.reports.beginNight(tx, {
        connectionId,
        night,
        startsFrom: window.from,
        startsUntil: window.until,
        begunAt: now,
      });
      if (id) await this.reports.forget(tx, new Date(now.getTime() - KEPT_MS));
      return id === null ? null : { id, connectionId, ...window };
    });
  }

  /** An EHR that is away is asked again in an hour. */
  private async run(ctx: Context, report: Begun): Promise<number> {
    try {
      await this.make.run(ctx, report);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const fields = { organization_id: ctx.organizationId, id: report.id, code: error.code };
      this.log.warn('scheduling.drift-not-reported', fields);
    }
    return 1;
  }
}
