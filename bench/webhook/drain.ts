import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Trial } from '../../test/support/trial/trial.js';
import { say } from '../support/bench.js';
import type { Fill } from './fill-ledger.js';
import { generate, portOf } from './ingest.js';
import { runProgram } from '../support/program.js';
import type { Kind } from './webhooks.js';

const LOOK_EVERY_MS = 50;
const LIMIT_MS = 120_000;
const LISTENERS_MS = 30_000;
/** Above what the generator numbers: a status of the bench finds its message by the same number. */
export const FIRST_SENT = 10_000_000;

export interface Drained {
  perSecond: number;
  /** What the listeners had done with meanwhile and after, a second; the same rows, or as many as half a minute allows. */
  heardPerSecond: number;
}

/** Looks into the database as nobody else may. */
export class Ledger {
  readonly admin: pg.Client;

  constructor(private readonly trial: Trial) {
    const url = new URL(trial.postgres.adminUrl);
    url.pathname = new URL(trial.postgres.runtimeUrl).pathname;
    this.admin = new pg.Client({ connectionString: url.href });
  }

  async number(text: string): Promise<number> {
    const { rows } = await this.admin.query<{ n: string }>(`select (${text})::float8 as n`);
    return Number(rows[0]!.n);
  }

  waiting(): Promise<number> {
    return this.number(`select count(*) from messaging.inbox where state = 'waiting'`);
  }

  jobs(): Promise<number> {
    return this.number(`select count(*) from graphile_worker._private_jobs`);
  }

  fill(what: Pick<Fill, 'first' | 'accepted' | 'ready'>): Promise<{ filled: number }> {
    const { runtimeUrl, ownerUrl } = this.trial.postgres;
    const fill: Fill = { ...what, databaseUrl: runtimeUrl, ownerUrl };
    return runProgram('webhook/fill-ledger.ts', fill, this.trial.environment);
  }
}

/** Fills the inbox with nobody to work it, then lets one worker do nothing else. */
export async function drain(
  trial: Trial,
  ledger: Ledger,
  { kind, count, first }: { kind: Kind; count: number; first: number },
): Promise<Drained> {
  const web = await trial.start({ role: 'web' });
  await generate({ port: portOf(web.url), kind, count, first });
  await web.stop();
  const full = await ledger.waiting();
  const worker = await trial.start({ role: 'worker' });
  const began = await until(async () => (await ledger.waiting()) < full);
  const left = await ledger.waiting();
  const emptied = await until(async () => (await ledger.waiting()) === 0);
  const heard = await heardBy(ledger, { kind, full, began });
  await worker.stop();
  const perSecond = (left / (emptied - began)) * 1_000;
  say(`drained ${full} ${kind}, ${Math.round(perSecond)}/s; heard by listeners ${Math.round(heard)}/s`);
  return { perSecond, heardPerSecond: heard };
}

async function heardBy(
  ledger: Ledger,
  { kind, full, began }: { kind: Kind; full: number; began: number },
): Promise<number> {
  while ((await ledger.jobs()) > 0 && performance.now() - began < LISTENERS_MS) await sleep(LOOK_EVERY_MS);
  const seconds = (performance.now() - began) / 1_000;
  if ((await ledger.jobs()) === 0) return full / seconds;
  const entries = await ledger.number(`select count(*) from conversations.entry where direction = 'inbound'`);
  return kind === 'messages' ? entries / seconds : 0;
}

async function until(what: () => Promise<boolean>): Promise<number> {
  const end = performance.now() + LIMIT_MS;
  while (!(await what())) {
    if (performance.now() > end) throw new Error('the inbox was not drained in time');
    await sleep(LOOK_EVERY_MS);
  }
  return performance.now();
}

export interface Backlog {
  seconds: number;
  oldestSeconds: number;
  sent: number;
  refused: number;
  p99Ms: number;
}

/** Statuses at an even pace while the same worker sends: how old does the oldest waiting webhook become? */
export async function backlog(
  trial: Trial,
  ledger: Ledger,
  { perSecond, seconds, first }: { perSecond: number; seconds: number; first: number },
): Promise<Backlog> {
  const web = await trial.start({ role: 'web' });
  const worker = await trial.start({ role: 'worker' });
  const accepted = `select count(*) from messaging.attempt where outcome = 'accepted'`;
  const before = await ledger.number(accepted);
  let [over, oldestSeconds] = [false, 0];
  const load = generate({
    port: portOf(web.url),
    kind: 'statuses',
    count: perSecond * seconds,
    first,
    perSecond,
  }).finally(() => {
    over = true;
  });
  while (!over) {
    const age = await ledger.number(
      `select coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0) from messaging.inbox
        where state = 'waiting'`,
    );
    oldestSeconds = Math.max(oldestSeconds, age);
    await sleep(LOOK_EVERY_MS);
  }
  const { refused, p99Ms } = await load;
  const sent = (await ledger.number(accepted)) - before;
  await Promise.all([web.stop(), worker.stop()]);
  return { seconds, oldestSeconds, sent, refused, p99Ms };
}
