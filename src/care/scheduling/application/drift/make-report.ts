import { Injectable } from '@nestjs/common';
import { FhirFacade, type LiveWindowRows } from '../../../../exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { nowIn } from '../../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { daysOf, localDay, type Reminded } from '../../domain/drift-days.js';
import {
  type Compared,
  compareVisits,
  type Difference,
  type EhrVisit,
  type KeptVisit,
} from '../../domain/drift.policy.js';
import { AppointmentsRepository } from '../../infrastructure/appointments.repository.js';
import { type DriftEnd, DriftRepository } from '../../infrastructure/drift.repository.js';
import { VisitQueries } from '../visit-queries.js';
import { Zones } from '../zones.js';
import { ehrVisitsOf } from './ehr-visits.js';
import { standingsOf } from './standings.js';

export interface Window {
  from: Date;
  until: Date;
}

/** Compares the EHR's visits of a window with ours. Asks the EHR, takes nothing in, changes nothing. */
@Injectable()
export class MakeReport {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly appointments: AppointmentsRepository,
    private readonly visits: VisitQueries,
    private readonly zones: Zones,
    private readonly reports: DriftRepository,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Fills a report that has begun. Throws what the EHR's failure is, after that is kept with the report. */
  async run(ctx: Context, report: { id: Uuid; connectionId: Uuid } & Window): Promise<DriftEnd> {
    try {
      const live = await this.fhir.window(ctx, report.connectionId, report);
      return await this.transactions.run(ctx, async (tx) => {
        const end = await this.compare(tx, report, live);
        await this.reports.end(tx, report.id, end, await nowIn(tx));
        return end;
      });
    } catch (error) {
      const faultCode = error instanceof Fault ? error.code : 'unexpected';
      await this.transactions.run(ctx, async (tx) =>
        this.reports.end(tx, report.id, { ...NOTHING, state: 'failed', faultCode }, await nowIn(tx)),
      );
      throw error;
    }
  }

  private async compare(
    ctx: TxContext,
    { connectionId, from, until }: { connectionId: Uuid } & Window,
    live: LiveWindowRows,
  ): Promise<DriftEnd> {
    const ehr = await ehrVisitsOf(ctx, live.visits, this.zones);
    const here = await this.kept(ctx, { connectionId, from, until, fhirIds: live.visits.map(({ fhirId }) => fhirId) });
    const { timeZone } = await this.organizations.current(ctx);
    const now = await nowIn(ctx);
    const kept = here.map(({ visit }) => visit);
    const compared = withUnusable(compareVisits(ehr, kept, now), live, { from, timeZone });
    return {
      state: live.complete ? 'complete' : 'incomplete',
      faultCode: null,
      days: daysOf({ ehr, here, differences: compared.differences }),
      ehr: ehr.length,
      here: here.length,
      settling: compared.settling,
      differences: compared.differences.map(rowOf),
    };
  }

  /** Ours that begin in the window, and those that the EHR now has in it. */
  private async kept(
    ctx: TxContext,
    window: { connectionId: Uuid; fhirIds: string[] } & Window,
  ): Promise<Reminded[]> {
    const rows = await this.appointments.ofWindow(ctx, window);
    const shown = await this.visits.withSteps(ctx, rows);
    return shown.map(({ visit, steps }) => ({ visit: keptVisit(visit), reminders: standingsOf(steps) }));
  }
}
