import { Injectable } from '@nestjs/common';
import { FhirFacade } from '../../../../exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { nowIn } from '../../../../platform/clock/clock.js';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { notFound } from '../../../../platform/errors/fault.js';
import type { CursorKey } from '../../../../platform/http/paging.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { type DriftDays, driftWindow } from '../../domain/drift-window.js';
import type { DriftDifferenceEntity, DriftReportEntity } from '../../infrastructure/drift.entity.js';
import { DriftRepository } from '../../infrastructure/drift.repository.js';
import { MakeReport } from './make-report.js';

interface Page {
  after: CursorKey | null;
  limit: number;
}

/** A report as it is shown: its days are days of the hospital. */
export interface ShownReport {
  report: DriftReportEntity;
  timeZone: string;
}

export interface DriftView {
  report: DriftReportEntity;
  differences: DriftDifferenceEntity[];
}

/** Drift reports that a person asks for, and those that were made. */
@Injectable()
export class DriftReports {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly reports: DriftRepository,
    private readonly make: MakeReport,
  ) {}

  /** Made now. Throws not-found, `drift.days`, and what the EHR's failure is: then the report is kept as failed. */
  async create(ctx: Context, connectionId: Uuid, days: DriftDays): Promise<ShownReport> {
    const known = await this.fhir.connections(ctx);
    if (!known.some(({ id }) => id === connectionId)) throw notFound('EHR connection');
    const { timeZone } = await this.organizations.current(ctx);
    const begun = await this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const window = driftWindow(days, now, timeZone);
      const { from: startsFrom, until: startsUntil } = window;
      const id = await this.reports.begin(tx, { connectionId, startsFrom, startsUntil, begunAt: now });
      return { id, connectionId, ...window };
    });
    await this.make.run(ctx, begun);
    return this.get(ctx, begun.id);
  }

  /** The same with all that differs. */
  async look(ctx: Context, connectionId: Uuid, days: DriftDays): Promise<DriftView> {
    const { report } = await this.create(ctx, connectionId, days);
    const all = { after: null, limit: report.differences };
    return { report, differences: await this.differences(ctx, report.id, all) };
  }

  /** Throws not-found. */
  async get(ctx: Context, id: Uuid): Promise<ShownReport> {
    const { timeZone } = await this.organizations.current(ctx);
    const report = await this.transactions.run(ctx, (tx) => this.reports.get(tx, id));
    if (!report) throw notFound('drift report');
    return { report, timeZone };
  }

  /** The newest first. */
  async list(ctx: Context, filter: { connectionId?: Uuid } & Page): Promise<ShownReport[]> {
    const { timeZone } = await this.organizations.current(ctx);
    const reports = await this.transactions.run(ctx, (tx) => this.reports.list(tx, filter));
    return reports.map((report) => ({ report, timeZone }));
  }

  /** The earliest first. Throws not-found. */
  async differences(ctx: Context, id: Uuid, page: Page): Promise<DriftDifferenceEntity[]> {
    await this.get(ctx, id);
    return this.transactions.run(ctx, (tx) => this.reports.differences(tx, id, page));
  }
}
