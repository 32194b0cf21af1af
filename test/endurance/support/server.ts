import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAccount } from '../../../src/platform/database/embedded/account.js';
import { prepareBinaries } from '../../../src/platform/database/embedded/binaries.js';
import { run } from '../../../src/platform/database/embedded/processes.js';
import pg from 'pg';
import { type Arena, happens } from './arena.js';

/** Stops the trial's PostgreSQL like a power cut and starts it again, on the same port. */
export async function restartServer({ trial: { postgres } }: Arena): Promise<void> {
  const account = serverAccount();
  const data = join(postgres.location, 'data');
  await run({
    file: join(prepareBinaries(postgres.location, account), 'pg_ctl'),
    // It reads the port and every setting from the file that the running server left.
    args: ['restart', '-m', 'immediate', '-D', data, '-l', join(postgres.location, 'server.log'), '-w', '-s'],
    cwd: postgres.location,
    account,
  });
}

/** From now on the server remembers when each transaction committed. */
export async function keepCommitTimes(arena: Arena): Promise<void> {
  await arena.sql('alter system set track_commit_timestamp = on');
  await restartServer(arena);
  const answers = (): Promise<boolean> =>
    arena.sql('select 1').then(
      () => true,
      () => false,
    );
  if (!(await happens(answers, 30_000))) throw new Error('PostgreSQL did not come back');
}

/** Ends every connection to the trial's database, again and again. */
export async function terminateBackends(arena: Arena, forMs: number): Promise<void> {
  await withServer(arena, async (client) => {
    const database = new URL(arena.trial.postgres.runtimeUrl).pathname.slice(1);
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
        [database],
      );
      await sleep(500);
    }
  });
}

/** The server neither answers nor hangs up: its processes stand still. */
export async function hangServer(arena: Arena, forMs: number): Promise<void> {
  const pids = await withServer(arena, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
    return rows.map(({ pid }) => pid);
  });
  const file = readFileSync(join(arena.trial.postgres.location, 'data', 'postmaster.pid'), 'utf8');
  const all = [Number(file.split('\n')[0]), ...pids];
  signalAll(all, 'SIGSTOP');
  try {
    await sleep(forMs);
  } finally {
    signalAll(all, 'SIGCONT');
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // A connection that has ended meanwhile took its process with it.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Nobody writes to the ledger meanwhile: senders and webhooks pile up until the pool is full. */
export async function lockLedger(arena: Arena, forMs: number): Promise<void> {
  const url = new URL(arena.trial.postgres.adminUrl);
  url.pathname = new URL(arena.trial.postgres.runtimeUrl).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('begin; lock table messaging.message, messaging.inbox in access exclusive mode');
    await sleep(forMs);
    await client.query('rollback');
  } finally {
    await client.end();
  }
}

/** On the database `postgres`, which nobody else uses. */
async function withServer<T>(arena: Arena, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: arena.trial.postgres.adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
