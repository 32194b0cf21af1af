import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { embeddedFault } from './embedded-fault.js';
import { isAlive } from './processes.js';

// A first start copies binaries and runs initdb: seconds here, and slow disks exist.
const LOCK_WAIT_MS = 120_000;
const LOCK_POLL_MS = 50;

/** Runs `work` while no other process does so with the same file; the lock of a dead process is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  // A new process may get a dead one's pid (in a container it usually does): the start time tells them apart.
  const mine = `${process.pid} ${performance.timeOrigin} ${randomUUID()}`;
  await acquire(file, mine);
  try {
    return await work();
  } finally {
    if (contentOf(file) === mine) rmSync(file);
  }
}

async function acquire(file: string, mine: string): Promise<void> {
  const deadline = Date.now() + LOCK_WAIT_MS;
  while (!tryAcquire(file, mine)) {
    takeAwayIfDead(file);
    if (Date.now() > deadline) {
      throw embeddedFault('locked', `Another process is starting PostgreSQL. If none is, delete ${file}.`);
    }
    await sleep(LOCK_POLL_MS);
  }
}

/** Linked into place, so that the file never exists without its content. */
function tryAcquire(file: string, mine: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function takeAwayIfDead(file: string): void {
  const seen = contentOf(file);
  if (seen === undefined || isHeld(seen)) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    // Between the look and the rename another process may have taken it over: then it gets it back.
    if (contentOf(aside) !== seen) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  rmSync(aside, { force: true });
}

function isHeld(content: string): boolean {
  const [pid, startedAt] = content.split(' ');
  if (Number(pid) === process.pid) return startedAt === String(performance.timeOrigin);
  return isAlive(Number(pid));
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
