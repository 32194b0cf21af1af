import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { run, Logger, type Runner, type TaskList } from 'graphile-worker';
import { SETTINGS, type Settings } from '../config/settings.js';
import { systemContext } from '../context/context.js';
import { DirectConnections } from '../database/direct-connections.js';
import { withoutValues } from '../database/database-fault.js';
import { Log } from '../logging/log.js';
import { Listeners, type EventHandler } from './listeners.js';
import { Loops } from './loops.js';
import { patientPool } from './patient-pool.js';
import { WorkerPresence } from './worker-presence.js';

const CONCURRENCY = 4;
const POLL_MS = 1_000;
/** A killed worker's jobs wait at most this long. */
const FREE_DEAD_EVERY_MS = 15_000;
/** A send call ends within 13 s, an EHR call within 10 s. What takes longer comes back by its lease or its retry. */
const FINISH_WITHIN_MS = 20_000;

interface Payload {
  organizationId: string;
  ids: string[];
  correlationId: string;
}

/** Runs the jobs that events leave behind, in the roles `all` and `worker`. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private runner: Runner | null = null;
  private stopped: Promise<void> | null = null;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly connections: DirectConnections,
    private readonly listeners: Listeners,
    private readonly loops: Loops,
    private readonly presence: WorkerPresence,
    private readonly scheduler: SchedulerRegistry,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.assertJobsWork();
    if (this.settings.role === 'web') return;
    this.runner = await this.begin();
    this.scheduler.addInterval(
      'jobs.free-dead',
      setInterval(() => void this.freeDead(), FREE_DEAD_EVERY_MS),
    );
    await this.freeDead();
    this.loops.start();
  }

  private async freeDead(): Promise<void> {
    await this.presence
      .freeDead()
      .catch((error: unknown) => this.log.warn('jobs.free-dead-failed', {}, error));
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  /**
   * Takes no new work and finishes what is under way, within 20 s; then what a stop leaves to do is done. To be called
   * while everything that work needs is still there: Nest closes modules one after the other. May be called again.
   */
  stop(): Promise<void> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<void> {
    // One that ended by itself refuses to be stopped.
    const jobs = this.runner?.stop().catch((error: unknown) => this.log.warn('jobs.runner-ended', {}, error));
    const work = Promise.all([this.loops.stop(), jobs]);
    const finished = await Promise.race([
      work.then(() => true),
      sleep(FINISH_WITHIN_MS, false, { ref: false }),
    ]);
    if (!finished) this.log.error('jobs.left-unfinished', { duration_ms: FINISH_WITHIN_MS });
    await this.loops.last();
    await this.presence.release();
  }

  private async begin(): Promise<Runner> {
    const runner = await run({
      pgPool: patientPool(this.connections.pool),
      taskList: this.taskList(),
      concurrency: CONCURRENCY,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      parsedCronItems: [],
      logger: quietLogger(this.log),
      events: this.presence.events,
    });
    const ended = (error?: unknown): void => this.endWithout(error);
    runner.promise.then(() => ended(), ended);
    return runner;
  }

  /** The process must not live on without its runner, which may also end without saying why. */
  private endWithout(error: unknown): void {
    if (this.stopped) return;
    this.log.error('jobs.stopped', {}, error);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }

  private taskList(): TaskList {
    const entries = [...this.listeners.all()].map(
      ([task, handle]) => [task, this.asTask(task, handle)] as const,
    );
    return Object.fromEntries(entries);
  }

  private asTask(task: string, handle: EventHandler): TaskList[string] {
    return async (payload) => {
      const { organizationId, ids, correlationId } = payload as Payload;
      try {
        await handle(systemContext(organizationId, task, correlationId), ids);
      } catch (error) {
        this.log.warn(
          'jobs.failed',
          { task, organization_id: organizationId, correlation_id: correlationId },
          error,
        );
        // graphile-worker stores the message of what is thrown: a code, never a value.
        throw new Error(codeOf(withoutValues(error)));
      }
    };
  }

  /** Without our policies on its tables graphile-worker loses every job in silence: such a process must not start. */
  private async assertJobsWork(): Promise<void> {
    const client = await this.connections.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query(
        `with added as (select id from graphile_worker.add_job('platform.check@1', '{}'::json)) select id from added`,
      );
      const seen = await client.query('select 1 from graphile_worker.jobs where id = $1', [rows[0]?.id]);
      if (seen.rowCount !== 1) throw new Error('jobs are invisible to this database login');
    } finally {
      const left = await client.query('rollback').catch(() => null);
      // A connection that is gone is not given back: whoever closes the pool would wait for it for ever.
      client.release(left === null);
    }
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : ((error as Error)?.constructor?.name ?? 'unknown');
}

/** graphile-worker's messages may quote payloads: only their level is kept. */
function quietLogger(log: Log): Logger {
  return new Logger((scope) => (level) => {
    if (level === 'error') log.warn('jobs.worker-error', { task: scope.taskIdentifier });
  });
}
