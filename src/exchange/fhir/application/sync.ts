import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { noFigures, type SyncFigures } from '../domain/figures.js';
import { horizonOf } from '../domain/windows.js';
import { Clients } from '../infrastructure/clients.js';
import { type Lease, SyncRepository } from '../infrastructure/sync.repository.js';
import { Crawl } from './crawl.js';
import { ForeignAddresses, isForeign } from './foreign-addresses.js';
import { Missing } from './missing.js';
import { Probe } from './probe.js';
import type { SyncRun } from './sync-run.js';

/** A loop's turn waits this long for one EHR; a slower one goes on beside the others. */
const TURN_MS = 15_000;
/** A lease lasts minutes: asking for it at every page would cost a third of a page's statements. */
const RENEW_EVERY_MS = 10_000;
/** A caller who wants a sync now waits this long for the one under way. */
const QUEUE_MS = 30_000;
const QUEUE_STEP_MS = 100;

/** Brings one EHR's appointments here, by the strategy that it allows. */
@Injectable()
export class Sync implements BeforeApplicationShutdown {
  private readonly running = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly syncs: SyncRepository,
    private readonly probe: Probe,
    private readonly crawl: Crawl,
    private readonly missing: Missing,
    private readonly organizations: OrganizationsFacade,
    private readonly foreign: ForeignAddresses,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The loop's work: one connection whose sync is due. */
  async claim(ctx: Context): Promise<number> {
    const lease = await this.transactions.run(ctx, (tx) => this.syncs.takeDue(tx));
    if (!lease) return 0;
    const work = this.track(this.work(ctx, lease).catch((error: unknown) => this.logged(ctx, lease, error)));
    await Promise.race([work, sleep(TURN_MS, undefined, { ref: false })]);
    return 1;
  }

  /** Syncs now, after one that is under way. Throws what the EHR's failure is, `fhir.sync-running`, not-found. */
  async runNow(ctx: Context, connectionId: Uuid): Promise<SyncFigures> {
    await this.clients.of(ctx, connectionId);
    const end = performance.now() + QUEUE_MS;
    while (performance.now() < end) {
      const lease = await this.transactions.run(ctx, (tx) => this.syncs.takeNow(tx, connectionId));
      if (lease) return this.track(this.work(ctx, lease));
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

  private async work(ctx: Context, lease: Lease): Promise<SyncFigures> {
    const run = await this.begin(ctx, lease);
    try {
      await this.steps(run, lease);
    } catch (error) {
      await this.fail(run, lease, error);
      throw error;
    }
    await this.transactions.run(ctx, (tx) => this.syncs.finish(tx, lease, resultOf(run)));
    return run.figures;
  }

  private async begin(ctx: Context, lease: Lease): Promise<SyncRun> {
    const connected = await this.clients.of(ctx, lease.connectionId);
    const { timeZone } = await this.organizations.current(ctx);
    return {
      ctx,
      connected,
      capabilities: connected.connection.capabilities!,
      horizon: horizonOf(await this.clock.now(), timeZone, connected.connection.horizonDays),
      figures: noFigures('window-scan', true),
      followed: new Map(),
      seen: new Map(),
      bad: new Set(),
      startedAt: null,
      keep: this.keeper(ctx, lease),
    };
  }

  private async steps(run: SyncRun, lease: Lease): Promise<void> {
    run.capabilities = await this.probe.capabilities(run.ctx, lease.connectionId);
    const { syncStrategy: strategy } = run.capabilities;
    const mark = strategy === 'last-updated' && !lease.fullDue ? lease.mark : null;
    Object.assign(run.figures, noFigures(strategy, mark === null));
    if (mark) {
      await this.crawl.changes(run, mark);
    } else {
      await this.crawl.everything(run);
      if (strategy === 'last-updated' && lease.mark === null) await this.crawl.undated(run);
      await this.missing.visits(run);
    }
    await this.missing.companions(run);
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
    await this.transactions.run(ctx, async (tx) => {
      await this.syncs.fail(tx, lease, {
        code,
        figures: { ...figures, complete: false },
        intervalSeconds: connected.connection.intervalSeconds,
        retryAfterSeconds: fault?.retryAfterSeconds,
      });
      if (isForeign(fault)) await this.foreign.record(tx, lease.connectionId);
    });
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

function resultOf({
  figures,
  connected,
  startedAt,
  capabilities,
}: SyncRun): Parameters<SyncRepository['finish']>[2] {
  const moves = figures.complete && capabilities.syncStrategy === 'last-updated';
  const ignored = figures.warnings.includes('parameter-ignored');
  return {
    figures,
    mark: moves ? startedAt : null,
    intervalSeconds: connected.connection.intervalSeconds,
    faultCode: ignored ? 'fhir.parameter-ignored' : figures.complete ? null : 'fhir.incomplete',
  };
}
