import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { Metrics } from '../../../platform/health/metrics.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { type Band, bandOf, isQuiet, nextNight, restEverySeconds } from '../domain/bands.js';
import { noFigures, PARAMETER_IGNORED, type SyncFigures } from '../domain/figures.js';
import { horizonOf } from '../domain/windows.js';
import { Clients } from '../infrastructure/clients.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { type Lease, SyncRepository, type SyncResult } from '../infrastructure/sync.repository.js';
import { Crawl } from './crawl.js';
import { Misconfigured } from './misconfigured.js';
import { Missing } from './missing.js';
import { Probe } from './probe.js';
import { Scan } from './scan.js';
import type { SyncRun } from './sync-run.js';

/** A loop's turn waits this long for one EHR; a slower one goes on beside the others. */
const TURN_MS = 15_000;
/** A lease lasts minutes: asking for it at every page would cost a third of a page's statements. */
const RENEW_EVERY_MS = 10_000;
/** A caller who wants a sync now waits this long for the one under way. */
const QUEUE_MS = 30_000;
const QUEUE_STEP_MS = 100;

/** A full sync under which the EHR changed is followed by another one, and not by more of them. */
const FULL_AGAIN_AFTER_MS = 3_600_000;

/** Who wants a sync: the loop, by the rhythm of each part of the horizon, or somebody now. */
type Asked = 'loop' | 'now';
type Run = SyncRun & { timeZone: string };

/** Brings one EHR's appointments here, by the strategy that it allows. */
@Injectable()
export class Sync implements BeforeApplicationShutdown {
  private readonly running = new Set<Promise<unknown>>();
  private stopping = false;
  private readonly drifted: Counter;

  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly syncs: SyncRepository,
    private readonly probe: Probe,
    private readonly resources: ResourcesRepository,
    private readonly crawl: Crawl,
    private readonly scan: Scan,
    private readonly missing: Missing,
    private readonly organizations: OrganizationsFacade,
    private readonly misconfigured: Misconfigured,
    private readonly clock: Clock,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.drifted = metrics.counter(
      'ehr_drift_rows',
      'Visits that a full sync found although the changes before it should have brought them',
      ['connection'],
    );
  }

  /** The loop's work: one connection whose sync is due. */
  async claim(ctx: Context): Promise<number> {
    const lease = await this.transactions.run(ctx, (tx) => this.syncs.takeDue(tx));
    if (!lease) return 0;
    const work = this.track(
      this.work(ctx, lease, 'loop').catch((error: unknown) => this.logged(ctx, lease, error)),
    );
    await Promise.race([work, sleep(TURN_MS, undefined, { ref: false })]);
    return 1;
  }

  /** Syncs now, after one that is under way. Throws what the EHR's failure is, `fhir.sync-running`, not-found. */
  async runNow(ctx: Context, connectionId: Uuid): Promise<SyncFigures> {
    await this.clients.of(ctx, connectionId);
    const end = performance.now() + QUEUE_MS;
    while (performance.now() < end) {
      const lease = await this.transactions.run(ctx, (tx) => this.syncs.takeNow(tx, connectionId));
      if (lease) return this.track(this.work(ctx, lease, 'now'));
      await sleep(QUEUE_STEP_MS);
    }
    throw new Fault({
      code: 'fhir.sync-running',
      kind: 'conflict',
      words: 'A sync of this EHR is under way. Try again in a minute.',
      retryable: true,
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.running);
  }

  private async work(ctx: Context, lease: Lease, asked: Asked): Promise<SyncFigures> {
    const run = await this.begin(ctx, lease);
    try {
      await this.steps(run, lease, asked);
    } catch (error) {
      await this.fail(run, lease, error);
      throw error;
    }
    await this.finish(run, lease);
    return run.figures;
  }

  private async begin(ctx: Context, lease: Lease): Promise<Run> {
    const connected = await this.clients.of(ctx, lease.connectionId);
    const { timeZone } = await this.organizations.current(ctx);
    const now = await this.clock.now();
    return {
      ctx,
      connected,
      capabilities: connected.connection.capabilities!,
      timeZone,
      now,
      horizon: horizonOf(now, timeZone, connected.connection.horizonDays),
      band: 'all',
      figures: noFigures('window-scan', 'all'),
      followed: new Map(),
      visits: new Map(),
      companions: new Map(),
      bad: new Set(),
      startedAt: null,
      steady: { paged: false, changed: false },
      drift: null,
      keep: this.keeper(ctx, lease),
    };
  }

  private async steps(run: Run, lease: Lease, asked: Asked): Promise<void> {
    run.capabilities = await this.probe.capabilities(run.ctx, lease.connectionId);
    const { syncStrategy, patientLastUpdated } = run.capabilities;
    const { mark, first, quiet, band } = planOf(run, lease, asked);
    run.band = band;
    Object.assign(run.figures, noFigures(syncStrategy, mark && band !== 'all' ? 'changes' : band));
    if (mark) await this.crawl.changes(run, mark);
    if (patientLastUpdated && lease.patientsMark) await this.crawl.patients(run, lease.patientsMark);
    run.drift = driftOf(run, mark, lease.fullAt);
    if (run.figures.band !== 'changes') await this.scanned(run, first);
    if (!quiet) await this.missing.companions(run);
    if (!quiet) await this.missing.restricted(run);
  }

  private async scanned(run: Run, first: boolean): Promise<void> {
    const beganAt = await this.scan.run(run);
    // In a sync before, where this one goes on with what broke off then.
    if (beganAt === null || run.startedAt === null || beganAt < run.startedAt) run.startedAt = beganAt;
    if (first) await this.crawl.undated(run);
    if (run.band === 'all' && run.figures.complete) await this.missing.note(run);
  }

  private async finish(run: Run, lease: Lease): Promise<void> {
    const { ctx, connected, figures, horizon } = run;
    await this.transactions.run(ctx, async (tx) => {
      if (figures.full && figures.complete)
        await this.resources.letGo(tx, connected.connection.id, horizon.from);
      await this.syncs.finish(tx, lease, resultOf(run, lease));
      await this.misconfigured.note(tx, lease.connectionId, figures);
    });
    if (figures.drift > 0) this.drifted.inc({ connection: connected.connection.name }, figures.drift);
  }

  private keeper(ctx: Context, lease: Lease): () => Promise<void> {
    let heldUntil = 0;
    return async () => {
      if (!this.stopping && performance.now() < heldUntil) return;
      await this.keep(ctx, lease);
      heldUntil = performance.now() + RENEW_EVERY_MS;
    };
  }

  private async keep(ctx: Context, lease: Lease): Promise<void> {
    const held = !this.stopping && (await this.transactions.run(ctx, (tx) => this.syncs.renew(tx, lease)));
    if (held) return;
    throw new Fault({
      code: 'fhir.sync-interrupted',
      kind: 'unavailable',
      words: 'The sync was interrupted. It begins again by itself.',
      retryable: true,
    });
  }

  private async fail({ ctx, connected, figures }: SyncRun, lease: Lease, error: unknown): Promise<void> {
    const fault = error instanceof Fault ? error : null;
    const code = fault?.code ?? 'fhir.sync-failed';
    await this.transactions.run(ctx, (tx) =>
      this.syncs.fail(tx, lease, {
        code,
        figures: { ...figures, complete: false },
        intervalSeconds: connected.connection.intervalSeconds,
        retryAfterSeconds: fault?.retryAfterSeconds,
      }),
    );
  }

  private logged(ctx: Context, { connectionId }: Lease, error: unknown): void {
    this.log.warn('fhir.sync-failed', { organization_id: ctx.organizationId, id: connectionId }, error);
  }

  private track<T>(work: Promise<T>): Promise<T> {
    const tracked: Promise<unknown> = work.catch(() => undefined).finally(() => this.running.delete(tracked));
    this.running.add(tracked);
    return work;
  }
}

interface Plan {
  /** Changes are asked for from here; null where they cannot be, or were never. */
  mark: Date | null;
  /** Changes can be asked for from now on. */
  first: boolean;
  quiet: boolean;
  band: Band;
}

function planOf(run: Run, lease: Lease, asked: Asked): Plan {
  const polls = run.capabilities.syncStrategy === 'last-updated';
  const mark = polls ? lease.mark : null;
  const quiet = asked === 'loop' && isQuietFor(run);
  // Whoever asks for a sync wants to see all that it can bring.
  const full = lease.fullDue || (polls ? mark === null : asked === 'now');
  const band = bandOf({ full, rest: lease.restDue, quiet });
  return { mark, first: polls && mark === null && band === 'all', quiet, band };
}

function isQuietFor({ now, timeZone, connected }: Run): boolean {
  const { quietHours } = connected.connection;
  return quietHours !== null && isQuiet(now, timeZone, quietHours);
}

/** Days that came into the horizon since the last full sync were never asked for before. */
function driftOf({ timeZone, connected }: Run, mark: Date | null, fullAt: Date | null): SyncRun['drift'] {
  const { horizonDays, overlapSeconds } = connected.connection;
  if (!mark || !fullAt) return null;
  return {
    horizonEnd: horizonOf(fullAt, timeZone, horizonDays).to,
    changedBefore: new Date(mark.getTime() - overlapSeconds * 1_000),
  };
}

function resultOf(run: Run, lease: Lease): SyncResult {
  const { figures, startedAt, steady } = run;
  const unsteady = steady.paged && steady.changed;
  const changes = figures.band === 'changes';
  // What slipped past is asked for once more: then everything before the start of this sync was read twice.
  const mark = unsteady && changes ? lease.unsteadyAt : startedAt;
  const moves = figures.complete ? marksOf(run, lease) : { visits: false, patients: false };
  return {
    figures,
    mark: moves.visits ? mark : null,
    patientsMark: moves.patients ? mark : null,
    unsteadyAt: unsteady && changes ? startedAt : null,
    next: nextOf(run, lease, unsteady),
    faultCode: faultCodeOf(figures),
  };
}

/** Of whom a complete sync read all that changed before it began. */
function marksOf({ figures, capabilities }: Run, lease: Lease): { visits: boolean; patients: boolean } {
  const { full, band } = figures;
  return {
    visits: capabilities.syncStrategy === 'last-updated' && (full || band === 'changes'),
    // Who is met in a full sync is read in it, so that from then on only changes are asked for.
    patients: capabilities.patientLastUpdated && (full || lease.patientsMark !== null),
  };
}

function nextOf({ connected, now, timeZone }: Run, { fullAt }: Lease, unsteady: boolean): SyncResult['next'] {
  const { intervalSeconds, quietHours } = connected.connection;
  const again = unsteady && (!fullAt || now.getTime() - fullAt.getTime() > FULL_AGAIN_AFTER_MS);
  return {
    dueSeconds: intervalSeconds,
    restSeconds: restEverySeconds(intervalSeconds),
    fullAt: again ? now : nextNight(now, timeZone, quietHours),
  };
}

/** What somebody at the hospital must mend comes first. */
function faultCodeOf({ warnings, complete }: SyncFigures): string | null {
  if (warnings.includes(PARAMETER_IGNORED)) return 'fhir.parameter-ignored';
  if (warnings.includes('places-unknown')) return 'fhir.places-unknown';
  return complete ? null : 'fhir.incomplete';
}
