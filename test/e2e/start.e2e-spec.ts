import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = ['sync', 'remind', 'confirm', 'cancel', 'withdraw', 'converse', 'summarise', 'read', 'verify'];
const LIMIT_MS = 150_000;

interface Step {
  name: string;
  ok: boolean;
  reason?: string;
  figures: Record<string, unknown>;
}

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  document: { ok: boolean; seed: number; steps: Step[] };
}

/** `npm start --silent -- --once --json …`, as a person types it. */
function start(...args: string[]): Promise<Run> {
  const child = spawn('npm', ['start', '--silent', '--', '--once', '--json', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  watched(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      try {
        resolve({ code, stdout, stderr, document: JSON.parse(stdout) as Run['document'] });
      } catch (cause) {
        reject(new Error(`stdout is not one JSON document; stderr: ${stderr.slice(-2_000)}`, { cause }));
      }
    });
  });
}

const failed = ({ document }: Run): string[] =>
  document.steps.filter(({ ok }) => !ok).map(({ name, reason }) => `${name}: ${reason}`);

/** What a seed changes, and the step whose figures tell. */
const SEEDED = [
  ['sync', 'names'],
  ['sync', 'times'],
  ['converse', 'said'],
] as const;

function figure({ document }: Run, step: string, what: string): unknown {
  const { figures } = document.steps.find(({ name }) => name === step)!;
  return (figures['st-marys'] as Record<string, unknown>)[what];
}

const running = new Set<ChildProcess>();

/** A test that fails must leave nobody behind: jest would wait for them. */
function watched(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

describe('npm start -- --once --json', () => {
  let of1: Run;

  afterEach(async () => {
    const left = [...running].map((child) => (child.kill('SIGINT'), once(child, 'exit')));
    await Promise.all(left);
  });

  it(
    'plays the main job for two seeds, each with its own names, times and answers',
    async () => {
      const first = await start('--seed', '1');
      expect(failed(first)).toEqual([]);
      expect([first.code, first.document.ok, first.document.seed]).toEqual([0, true, 1]);
      expect(first.document.steps.map(({ name }) => name)).toEqual(NAMES);
      expect(first.stdout.trim().split('\n')).toHaveLength(1);

      const second = await start('--seed', '2');
      expect(failed(second)).toEqual([]);
      expect([second.code, second.document.seed]).toEqual([0, 2]);
      for (const [step, what] of SEEDED) {
        expect([what, figure(second, step, what)]).not.toEqual([what, figure(first, step, what)]);
      }
      of1 = first;
    },
    2 * LIMIT_MS,
  );

  it(
    'names the step when WhatsApp drops every send',
    async () => {
      const run = await start('--fault', 'whatsapp:drop-all-sends');
      expect([run.code, run.document.ok]).toEqual([1, false]);
      expect(failed(run)[0]).toMatch(/^remind: /);
      // The same seed is the same hospital again.
      expect(figure(run, 'sync', 'names')).toEqual(figure(of1, 'sync', 'names'));
      expect(figure(run, 'sync', 'times')).toEqual(figure(of1, 'sync', 'times'));
    },
    LIMIT_MS,
  );

  it(
    'names the step when the EHR ignores writes',
    async () => {
      const run = await start('--fault', 'ehr:ignore-writes');
      expect([run.code, run.document.ok]).toEqual([1, false]);
      expect(failed(run)[0]).toMatch(/^confirm: /);
    },
    LIMIT_MS,
  );

  it(
    'stays up when the job is done, and SIGINT stops everything that it started, PostgreSQL too',
    async () => {
      const child = spawn(process.execPath, ['dist/src/sandbox/start.js', '--seed', '3'], { cwd: ROOT });
      watched(child);
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      const code = new Promise((resolve) => child.once('exit', resolve));
      await until(() => stderr.includes('Ctrl-C'));
      const urls = [...stderr.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url);
      expect(urls).toHaveLength(3);
      for (const url of urls) await expect(fetch(url)).resolves.toBeDefined();
      expect(existsSync(postmaster())).toBe(true);
      child.kill('SIGINT');
      expect(await code).toBe(0);
      for (const url of urls) await expect(fetch(url)).rejects.toThrow();
      expect(existsSync(postmaster())).toBe(false);
    },
    LIMIT_MS,
  );

  it('says what it does not understand and exits with 2', async () => {
    const child = spawn(process.execPath, ['dist/src/sandbox/start.js', '--sede', '1'], { cwd: ROOT });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: npm start');
  });
});

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it did not come to hold in time');
    await sleep(100);
  }
}

/** The pid file of the sandbox's PostgreSQL, wherever the server had to go. */
function postmaster(): string {
  const elsewhere = join(ROOT, '.data', 'postgres-location');
  const location = existsSync(elsewhere)
    ? readFileSync(elsewhere, 'utf8').trim()
    : join(ROOT, '.data', 'postgres');
  return join(location, 'data', 'postmaster.pid');
}
