import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { DatabaseFault, withoutValues } from '../database/database-fault.js';

const RETRY_MS = 500;

/** What graphile-worker takes for a passing failure: it tries again at once, then up to every 5 s, 100 times. */
const TRY_AGAIN = '40001';

/**
 * The pool as graphile-worker needs it. Nobody awaits its statement that ticks a job off, and it repeats few failures:
 * with a bare pool a lost connection at that moment ends the process (measured with 0.17.3). Here a connection is
 * waited for as long as it takes, and a statement whose connection was lost fails in the way that is repeated.
 */
export function patientPool(pool: Pool): Pool {
  const connect = (callback?: Parameters<Pool['connect']>[0]): Promise<PoolClient> | void =>
    callback ? pool.connect(callback) : wait(pool);
  return Object.assign(Object.create(pool) as Pool, { connect });
}

/** After the pool has ended this never settles: the process is about to end too. */
async function wait(pool: Pool): Promise<PoolClient> {
  for (;;) {
    try {
      return patient(await pool.connect());
    } catch (error) {
      if (!isPassing(error)) throw error;
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
}

function patient(client: PoolClient): PoolClient {
  const query = (...given: [string]): Promise<unknown> =>
    client.query(...given).catch((error: unknown) => {
      throw isPassing(error) ? Object.assign(new Error('try again'), { code: TRY_AGAIN }) : error;
    });
  return { query, release: (error?: Error) => client.release(error) } as unknown as PoolClient;
}

function isPassing(error: unknown): boolean {
  const fault = withoutValues(error);
  const hasEnded = error instanceof Error && error.message.includes('after calling end on the pool');
  return hasEnded || (fault instanceof DatabaseFault && fault.retryable);
}
