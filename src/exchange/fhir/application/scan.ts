import { Injectable } from '@nestjs/common';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { spanOf } from '../domain/bands.js';
import { halvesOf, type Span, within } from '../domain/windows.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import type { ScanUnitEntity } from '../infrastructure/scan-unit.entity.js';
import { ScanUnitsRepository } from '../infrastructure/scan-units.repository.js';
import { Crawl, includesOf, type Searched } from './crawl.js';
import { Gathering } from './gathering.js';
import { Intake } from './intake.js';
import { Missing } from './missing.js';
import { Places } from './places.js';
import { paramsAt, searchedSpans } from './scan-search.js';
import type { SyncRun } from './sync-run.js';

/** What lies longer was planned for another horizon. */
const RESUME_WITHIN_MS = 6 * 3_600_000;
/** What is lost of a scan when the process dies: so many units, or so long. */
const UNITS_AT_ONCE = 25;
const NOTE_EVERY_MS = 5_000;
/** So many visits are told apart by id and version at once. */
const VISITS_AT_ONCE = 5_000;
/** A unit that fails this often is left alone until the next scan: the others must not wait for it for ever. */
const GIVE_UP_AFTER = 3;

interface Finished {
  id: Uuid;
  beganAt: Date | null;
}

interface UnderWay {
  run: SyncRun;
  into: Gathering;
  /** Read to their end, and not yet noted. */
  finished: Finished[];
  notedAt: number;
}

/** Units of the same days. */
interface Window {
  span: Span;
  units: ScanUnitEntity[];
  /** Nothing of it was done by a sync before: only then it is known who was not shown. */
  untouched: boolean;
}

/**
 * Reads the days of a band, unit by unit: each place on each window of days. What is done is noted, so that a scan that
 * broke off goes on where it was.
 */
@Injectable()
export class Scan {
  constructor(
    private readonly transactions: Transactions,
    private readonly units: ScanUnitsRepository,
    private readonly places: Places,
    private readonly crawl: Crawl,
    private readonly intake: Intake,
    private readonly missing: Missing,
  ) {}

  /**
   * Returns the EHR's clock when the scan began, in this sync or in one that broke off; null when it did not tell. A
   * unit that cannot be read to its end makes the sync incomplete, and its fault is thrown once all others are read.
   */
  async run(run: SyncRun): Promise<Date | null> {
    const units = await this.planned(run);
    const under: UnderWay = {
      run,
      into: new Gathering(run, this.intake),
      finished: [],
      notedAt: performance.now(),
    };
    let fault: FhirFault | null = null;
    try {
      for (const window of openWindows(units)) fault = (await this.window(under, window)) ?? fault;
    } finally {
      await this.store(under);
      run.visits.clear();
    }
    if (fault) throw fault;
    return this.beganAt(run);
  }

  private async planned(run: SyncRun): Promise<ScanUnitEntity[]> {
    const { ctx, connected, band } = run;
    const { id } = connected.connection;
    const units = await this.transactions.run(ctx, (tx) => this.units.of(tx, id));
    if (units.some((unit) => unit.state === 'open' && isOf(unit, run))) return units;
    const places = await this.places.of(run);
    const spans = this.spansOf(run);
    const planned = spans.flatMap((span) => places.map((place) => ({ place, span })));
    return this.transactions.run(ctx, async (tx) => {
      await this.units.plan(tx, id, band, planned);
      return this.units.of(tx, id);
    });
  }

  private spansOf({ band, capabilities, horizon, now }: SyncRun): Span[] {
    return searchedSpans(capabilities, spanOf(band, horizon, now));
  }

  private async window(under: UnderWay, { span, units, untouched }: Window): Promise<FhirFault | null> {
    const { run } = under;
    const mine = within(span, spanOf(run.band, run.horizon, run.now));
    if (run.capabilities.scanBy === 'known') return this.known(under, units, mine);
    let fault: FhirFault | null = null;
    for (const unit of units) {
      fault = (await this.unit(under, unit)) ?? fault;
      if (isLong(under)) await this.store(under);
    }
    if (mine && untouched && fault === null) await this.lookForMissing(under, mine);
    if (run.visits.size >= VISITS_AT_ONCE) {
      await this.store(under);
      run.visits.clear();
    }
    return fault;
  }

  private async lookForMissing(under: UnderWay, span: Span): Promise<void> {
    const missing = await this.missing.visits(under.run, span);
    if (missing.length === 0) return;
    // Two who write at once might wait for each other.
    await this.store(under);
    await this.missing.look(under.run, missing);
  }

  /** Visits can only be read by their ids. */
  private async known(under: UnderWay, units: ScanUnitEntity[], span: Span | null): Promise<null> {
    if (span) await this.missing.look(under.run, await this.missing.known(under.run, span));
    under.finished.push(...units.map(({ id }) => ({ id, beganAt: under.run.startedAt })));
    await this.store(under);
    return null;
  }

  /** Units are noted only when their rows are stored. */
  private async store(under: UnderWay): Promise<void> {
    const { run, into, finished } = under;
    await into.end();
    const { ctx, connected } = run;
    const done = finished.splice(0);
    await this.transactions.run(ctx, (tx) => this.units.done(tx, connected.connection.id, done));
    under.notedAt = performance.now();
  }

  private async unit(under: UnderWay, unit: ScanUnitEntity): Promise<FhirFault | null> {
    const { run, into, finished } = under;
    try {
      const { complete, beganAt } = await this.crawl.search(into, searchOf(run, unit));
      if (!complete) return await this.smaller(under, unit);
      finished.push({ id: unit.id, beganAt });
      return null;
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      // An EHR that forgets one search, or fails at one again and again, may well answer the next.
      const forgotten = error.code === 'fhir.page-expired';
      await this.fail(run, unit, error.code, forgotten ? 1 : GIVE_UP_AFTER);
      if (forgotten || unit.tries + 1 >= GIVE_UP_AFTER) return error;
      throw error;
    }
  }

  /** A window that the server calls incomplete is cut in halves, down to a day. */
  private async smaller(under: UnderWay, unit: ScanUnitEntity): Promise<FhirFault | null> {
    const { run } = under;
    const halves = halvesOf(unit);
    if (!halves) {
      run.figures.complete = false;
      await this.fail(run, unit, 'fhir.incomplete', 1);
      return null;
    }
    let fault: FhirFault | null = null;
    const parts = await this.transactions.run(run.ctx, (tx) => this.units.split(tx, unit, halves));
    for (const part of parts) fault = (await this.unit(under, part)) ?? fault;
    return fault;
  }

  private fail(run: SyncRun, { id }: ScanUnitEntity, code: string, giveUpAfter: number): Promise<void> {
    const key = { connectionId: run.connected.connection.id, id };
    return this.transactions.run(run.ctx, (tx) => this.units.failed(tx, key, { code, giveUpAfter }));
  }

  private async beganAt({ ctx, connected }: SyncRun): Promise<Date | null> {
    const units = await this.transactions.run(ctx, (tx) => this.units.of(tx, connected.connection.id));
    return earliest(units.filter(({ state }) => state === 'done').map(({ beganAt }) => beganAt));
  }
}

function isLong({ finished, notedAt }: UnderWay): boolean {
  return finished.length >= UNITS_AT_ONCE || performance.now() - notedAt > NOTE_EVERY_MS;
}

function isOf({ band, plannedAt }: ScanUnitEntity, run: SyncRun): boolean {
  return band === run.band && run.now.getTime() - plannedAt.getTime() < RESUME_WITHIN_MS;
}

/** In the order of the units, which puts those last that failed before. */
function openWindows(units: readonly ScanUnitEntity[]): Window[] {
  const windows = new Map<string, Window>();
  const touched = new Set(units.filter(({ state }) => state !== 'open').map(daysOf));
  for (const unit of units.filter(({ state }) => state === 'open')) {
    const days = daysOf(unit);
    const window = windows.get(days) ?? { span: unit, units: [], untouched: !touched.has(days) };
    window.units.push(unit);
    windows.set(days, window);
  }
  return [...windows.values()];
}

function daysOf({ from, to }: Span): string {
  return `${from.getTime()}/${to.getTime()}`;
}

function searchOf(run: SyncRun, unit: ScanUnitEntity): Parameters<Crawl['search']>[1] {
  const params = { ...paramsAt(unit.place, unit), ...includesOf(run) };
  return { type: 'Appointment', params, place: unit.place };
}

function earliest(times: readonly Searched['beganAt'][]): Date | null {
  if (times.length === 0 || times.includes(null)) return null;
  return (times as Date[]).reduce((a, b) => (a < b ? a : b));
}
