import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import { nowIn } from '../../../../platform/clock/clock.js';
import type { TxContext } from '../../../../platform/context/context.js';
import { afterCommit } from '../../../../platform/database/transactions.js';
import { Metrics } from '../../../../platform/health/metrics.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { type DriftWindow, isWhole } from '../../domain/drift-window.js';
import type { DriftEnd } from '../../infrastructure/drift.repository.js';

/** Tells staff that an EHR and what is planned here differ, and that they do no more. */
@Injectable()
export class TellDrift {
  private readonly found: Counter;

  constructor(
    private readonly organizations: OrganizationsFacade,
    private readonly worklist: WorklistFacade,
    metrics: Metrics,
  ) {
    this.found = metrics.counter('ehr_drift_differences', 'What differed in drift reports, by kind', [
      'kind',
    ]);
  }

  /** In the transaction that ends the report. A window that is smaller than the week ahead proves nothing of the rest. */
  async run(ctx: TxContext, report: { connectionId: Uuid } & DriftWindow, end: DriftEnd): Promise<void> {
    const detail = countsOf(end);
    afterCommit(ctx, () => {
      for (const [kind, count] of Object.entries(detail)) this.found.inc({ kind }, count);
    });
    const { timeZone } = await this.organizations.current(ctx);
    if (!isWhole(report, await nowIn(ctx), timeZone)) return;
    const key = `ehr-drift:${report.connectionId}`;
    if (isForStaff(end)) {
      const subject = { kind: 'ehr-connection', id: report.connectionId };
      const counts = { ...detail, ...incompleteIn(end) };
      const item = { kind: 'ehr-drift', reason: 'visits-differ', key, subject, detail: counts };
      await this.worklist.raise(ctx, item);
    } else if (end.state === 'complete') await this.worklist.resolve(ctx, key, 'no-difference');
  }
}

/**
 * Rows that cannot be used are told by the fhir module, and stay until somebody mends them. An EHR that did not show
 * everything may yet have what it seems to lack.
 */
function isForStaff({ state, differences }: DriftEnd): boolean {
  const known = ['unusable', ...(state === 'complete' ? [] : ['only-here'])];
  return differences.some(({ kind }) => !known.includes(kind));
}

/** Days at facilities of which more may differ. */
function incompleteIn({ days }: DriftEnd): Record<string, number> {
  const count = days.filter(({ incomplete }) => incomplete.length > 0).length;
  return count > 0 ? { 'days-incomplete': count } : {};
}

function countsOf({ differences }: DriftEnd): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of differences) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
