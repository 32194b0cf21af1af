import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DirectConnections } from '../database/direct-connections.js';
import { Fault } from '../errors/fault.js';
import { Loops } from './loops.js';

const LIMIT_MS = 120_000;
const PAUSE_MS = 15;

/** Works all that is due until nothing is: the answer to a clock that was moved. */
@Injectable()
export class Settle {
  constructor(
    private readonly loops: Loops,
    private readonly connections: DirectConnections,
  ) {}

  /** Returns how many rows the loops worked. Throws `sandbox.not-settled` after two minutes. */
  async untilIdle(): Promise<number> {
    const end = performance.now() + LIMIT_MS;
    let total = 0;
    while (performance.now() < end) {
      const worked = await this.loops.round();
      total += worked;
      if (worked === 0 && (await this.jobsWaiting()) === 0 && (await this.loops.round()) === 0) return total;
      await sleep(PAUSE_MS);
    }
    throw new Fault({
      code: 'sandbox.not-settled',
      kind: 'unavailable',
      words: 'Work is still due after two minutes. Look at /v1/jobs.',
    });
  }

  private async jobsWaiting(): Promise<number> {
    const { rows } = await this.connections.pool.query<{ waiting: number }>(
      `select count(*)::int as waiting from graphile_worker.jobs
        where attempts < max_attempts and (locked_at is not null or run_at <= now())`,
    );
    return rows[0]!.waiting;
  }
}
