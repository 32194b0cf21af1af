import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { embeddedFault } from './embedded-fault.js';
import { isAlive } from './processes.js';
import { withClient } from './sql.js';

// Crash recovery replays the log before the server takes logins.
const RECOVERY_WAIT_MS = 60_000;
// A server that is on its way up or down answers no connection yet, or no more.
const TRANSITION_WAIT_MS = 5_000;
const POLL_MS = 100;

// SQLSTATE: cannot_connect_now (starting, recovering, stopping), too_many_connections.
const BUSY = ['57P03', '53300'];

type Answer = 'ours' | 'busy' | 'silent' | 'stranger';

/**
 * The port of the server that runs on this cluster, whoever started it; undefined when there is none (then the
 * pid file that a dead one left is removed: PostgreSQL would take whoever has that pid now for the server).
 * It runs when a login succeeds: a pid says little (pids are given again, and pg_ctl believes them).
 */
export async function runningPort(
  cluster: Cluster,
  urlOf: (port: number) => string,
): Promise<number | undefined> {
  const begun = Date.now();
  for (;;) {
    const pidFile = readPidFile(cluster.data);
    if (!pidFile) return undefined;
    const answer = pidFile.port ? await knock(urlOf(pidFile.port), cluster.data) : 'silent';
    if (answer === 'ours') return pidFile.port;
    const waited = Date.now() - begun;
    if (answer === 'busy' && waited > RECOVERY_WAIT_MS) {
      throw embeddedFault('busy', `PostgreSQL runs and takes no connection; ${cluster.log} says why.`);
    }
    if (answer !== 'busy' && !(inTransition(pidFile, answer) && waited < TRANSITION_WAIT_MS)) {
      rmSync(pidFileOf(cluster.data), { force: true });
      return undefined;
    }
    await sleep(POLL_MS);
  }
}

interface PidFile {
  pid: number;
  port: number | undefined;
  status: string;
}

/** PostgreSQL's own format: pid, data folder, start time, port, socket folder, address, memory key, status. */
function readPidFile(data: string): PidFile | undefined {
  const file = pidFileOf(data);
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) || undefined, status: (lines[7] ?? '').trim() };
}

function pidFileOf(data: string): string {
  return join(data, 'postmaster.pid');
}

function inTransition(pidFile: PidFile, answer: Answer): boolean {
  return answer === 'silent' && pidFile.status !== 'ready' && pidFile.pid > 0 && isAlive(pidFile.pid);
}

async function knock(url: string, data: string): Promise<Answer> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query<{ data: string }>(
        `select current_setting('data_directory') as data`,
      );
      // A copied data folder names the port of the server it was copied from.
      return realpathSync(rows[0]?.data ?? '') === realpathSync(data) ? 'ours' : 'stranger';
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (BUSY.includes(code)) return 'busy';
    return /^[0-9A-Z]{5}$/.test(code) ? 'stranger' : 'silent';
  }
}
