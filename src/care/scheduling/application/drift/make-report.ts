import { Injectable } from '@nestjs/common';
import { FhirFacade, type LiveWindowRows } from '../../../../exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { nowIn } from '../../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { daysOf, type Gap, type Hidden, localDay, type Reminded } from '../../domain/drift-days.js';
import { gapsOf } from '../../domain/drift-gaps.js';
import type { DriftWindow } from '../../domain/drift-window.js';
import {
  compareVisits,
  type Difference,
  isIn,
  type KeptVisit,
  type Sides,
  stands,
} from '../../domain/drift.policy.js';
import { type DifferenceRow, type DriftEnd, DriftRepository } from '../../infrastructure/drift.repository.js';
import { BothSides } from './both-sides.js';
import { TellDrift } from './tell-drift.js';

export interface Begun extends DriftWindow {
  id: Uuid;
  connectionId: Uuid;
}

const NOTHING = { days: [], ehr: 0, here: 0, settling: 0, differences: [] };

/** Compares the EHR's visits of a window with ours. Asks the EHR, takes nothing in, changes no visit. */
@Injectable()
export class MakeReport {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly sides: BothSides,
    private readonly reports: DriftRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly tell: TellDrift,
  ) {}

  /** Fills a report that has begun. Throws what the EHR's failure is, once that is kept with the report. */
  async run(ctx: Context, report: Begun): Promise<void> {
    try {
      const live = await this.fhir.window(ctx, report.connectionId, report);
      await this.transactions.run(ctx, async (tx) => {
        const now = await nowIn(tx);
        const end = await this.compare(tx, report, { live, now });
        if (await this.reports.end(tx, report.id, end, now)) await this.tell.run(tx, report, end);
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
    { connectionId, from, until }: Begun,
    { live, now }: { live: LiveWindowRows; now: Date },
  ): Promise<DriftEnd> {
    const { timeZone } = await this.organizations.current(ctx);
    const window = { from, until };
    const { ehr, here } = await this.sides.of(ctx, { connectionId, ...window }, live.visits);
    const unusable = live.unusable.map(({ startsAt, ...row }) => ({
      ...row,
      start: startsAt ?? from,
      timeZone,
    }));
    const untold = new Set([...live.hidden, ...live.unread].map(({ reference }) => reference));
    const sides: Sides = { window, ehr, unusable, untold, here: here.map(({ visit }) => visit) };
    const { differences, settling } = compareVisits(sides, { now, ehr: live.askedAt ?? now });
    const inWindow = {
      ehr: ehr.filter(({ start }) => isIn(window, start)),
      here: here.filter(({ visit }) => isIn(window, visit.start)),
    };
    const notShown = { hidden: hiddenIn(live, here), gaps: gapsIn(live, here, { window, timeZone }) };
    return {
      state: notShown.gaps.length > 0 ? 'incomplete' : 'complete',
      faultCode: null,
      days: daysOf({ ...inWindow, differences, ...notShown }),
      ehr: inWindow.ehr.filter(stands).length,
      here: inWindow.here.filter(({ visit }) => stands(visit)).length,
      settling,
      differences: differences.map(rowOf),
    };
  }
}

function hiddenIn({ hidden }: LiveWindowRows, here: readonly Reminded[]): Hidden[] {
  return hidden.flatMap(({ reference, reason }) =>
    partsOf(reference, here).map((visit) => ({ visit, reason })),
  );
}

/** Days that no search showed in full, and those of visits that the EHR did not answer for. */
function gapsIn(
  { unseen, unread }: LiveWindowRows,
  here: readonly Reminded[],
  { window, timeZone }: { window: DriftWindow; timeZone: string },
): Gap[] {
  const ofVisits = unread.flatMap(({ reference, cause }): Gap[] => {
    const parts = partsOf(reference, here);
    // Known to the connector alone: it has no part that anything is planned for.
    if (parts.length === 0) return [{ day: localDay(window.from, timeZone), facility: null, cause }];
    return parts.map((visit) => ({
      day: localDay(visit.start, visit.timeZone),
      facility: visit.place,
      cause,
    }));
  });
  return [...unseen.flatMap((days) => gapsOf(days, window, timeZone)), ...ofVisits];
}

function partsOf(reference: string, here: readonly Reminded[]): KeptVisit[] {
  return here.filter(({ visit }) => visit.reference === reference).map(({ visit }) => visit);
}

function rowOf({ start, timeZone, ...difference }: Difference): DifferenceRow {
  return { ...difference, day: localDay(start, timeZone) };
}
