import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { WorkerEvents } from 'graphile-worker';
import type { PoolClient } from 'pg';
import { DirectConnections } from '../database/direct-connections.js';
import { Log } from '../logging/log.js';

/** Namespace of the advisory locks by which a worker shows that it lives. */
const PRESENCE = 719_281_002;

/** While the lock is lost others may take this worker for dead: its jobs would run twice, which they may. */
const RETRY_MS = 500;

/**
 * Tells living workers from dead ones. graphile-worker keeps a killed worker's jobs locked for four hours; each
 * worker here holds a session lock on its id, and whoever's lock is free is dead, so that its jobs can be freed at once.
 */
@Injectable()
export class WorkerPresence {
  readonly events: WorkerEvents = new EventEmitter();
  private client: PoolClient | null = null;
  private poolId: string | null = null;
  private held: Promise<void> = Promise.resolve();

  constructor(
    private readonly connections: DirectConnections,
    private readonly log: Log,
  ) {
    // Jobs are locked by the pool's id, not by a worker's.
    this.events.on('pool:create', ({ workerPool }) => {
      this.let();
      this.poolId = workerPool.id;
      this.held = this.hold(workerPool.id);
    });
  }

  /** Frees the jobs of workers that are gone. Returns how many workers those were. */
  async freeDead(): Promise<number> {
    await this.held;
    const { rows } = await this.connections.pool.query<{ worker: string }>(
      `select distinct locked_by as worker from graphile_worker._private_jobs where locked_by is not null`,
    );
    const dead: string[] = [];
    for (const { worker } of rows) if (await this.isDead(worker)) dead.push(worker);
    if (dead.length === 0) return 0;
    await this.connections.pool.query('select graphile_worker.force_unlock_workers($1)', [dead]);
    this.log.warn('jobs.freed-dead-workers', { count: dead.length });
    return dead.length;
  }

  async release(): Promise<void> {
    this.poolId = null;
    await this.held;
    this.let();
  }

  /** Resolves once the lock is held, or is wanted no more. A connection that is lost is replaced. */
  private async hold(poolId: string): Promise<void> {
    while (this.poolId === poolId) {
      try {
        return await this.take(poolId);
      } catch (error) {
        this.log.warn('jobs.presence-failed', {}, error);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private async take(poolId: string): Promise<void> {
    const client = await this.connections.pool.connect();
    try {
      await client.query('select pg_advisory_lock_shared($1, hashtext($2))', [PRESENCE, poolId]);
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.client = client;
    if (this.poolId !== poolId) return this.let();
    client.once('end', () => {
      if (this.client !== client) return;
      this.let();
      this.held = this.hold(poolId);
    });
  }

  private let(): void {
    const { client } = this;
    this.client = null;
    client?.release(true);
  }

  private async isDead(worker: string): Promise<boolean> {
    const { rows } = await this.connections.pool.query<{ free: boolean }>(
      `select not exists (
         select 1 from pg_locks
          where locktype = 'advisory' and classid = $1 and objid = (hashtext($2)::bigint & 4294967295)::oid
            and database = (select oid from pg_database where datname = current_database())) as free`,
      [PRESENCE, worker],
    );
    return rows[0]!.free;
  }
}
