import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = ['sync', 'remind', 'confirm', 'cancel', 'withdraw', 'converse', 'summarise', 'read', 'verify'];
const LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 30_000;

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

interface Started {
  child: ChildProcess;
  said: { stdout: string; stderr: string };
  /** The exit code, once nobody who was started holds the streams any more. */
  ended: Promise<number | null>;
}

const running = new Set<Started>();

/** A group of its own: `npm` passes no signal on to what it started. */
function launch(command: string, ...args: string[]): Started {
  const child = spawn(command, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const started = { child, said, ended };
  running.add(started);
  void ended.then(() => running.delete(started));
  return started;
}

/** Whoever is left when a test fails: jest would wait for them. */
async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

async function stop({ child, ended }: Started): Promise<void> {
  const group = (signal: NodeJS.Signals): boolean => process.kill(-child.pid!, signal);
  group('SIGINT');
  const hard = setTimeout(() => group('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(hard);
}

function documentOf({ stdout, stderr }: Started['said']): Run['document'] {
  try {
    return JSON.parse(stdout) as Run['document'];
  } catch (cause) {
    throw new Error(`stdout is not one JSON document; stderr: ${stderr.slice(-2_000)}`, { cause });
  }
}

/** `npm start --silent -- --once --json …`, as a person types it. */
async function start(...args: string[]): Promise<Run> {
  const { said, ended } = launch('npm', 'start', '--silent', '--', '--once', '--json', ...args);
  const code = await ended;
  return { code, ...said, document: documentOf(said) };
}

/** The same without `--once`, so that it stays; resolves when the job is done. */
async function stay(...args: string[]): Promise<Started & { document: Run['document'] }> {
  const started = launch(process.execPath, 'dist/src/sandbox/start.js', '--json', ...args);
  const over = started.ended.then((code) => {
    throw new Error(`it did not stay, it ended with ${code}: ${started.said.stderr.slice(-2_000)}`);
  });
  over.catch(() => undefined);
  await Promise.race([until(() => started.said.stderr.includes('Ctrl-C')), over]);
  return { ...started, document: documentOf(started.said) };
}

const failed = ({ document }: Pick<Run, 'document'>): string[] =>
  document.steps.filter(({ ok }) => !ok).map(({ name, reason }) => `${name}: ${reason}`);

/** What a seed changes, and the step whose figures tell. */
const SEEDED = [
  ['sync', 'names'],
  ['sync', 'times'],
  ['converse', 'said'],
] as const;

function figure({ document }: Pick<Run, 'document'>, step: string, what: string): unknown {
  const { figures } = document.steps.find(({ name }) => name === step)!;
  return (figures['st-marys'] as Record<string, unknown>)[what];
}

describe('npm start', () => {
  let of1: Run;
  let of2: Awaited<ReturnType<typeof stay>>;

  // Two runs at once, here and below: each waits half of its time.
  beforeAll(async () => {
    [of1, of2] = await Promise.all([start('--seed', '1'), stay('--seed', '2')]);
  }, LIMIT_MS);
  afterAll(stopAll, 2 * STOP_LIMIT_MS);

  it('plays the main job for two seeds, each with its own names, times and answers', () => {
    expect(failed(of1)).toEqual([]);
    expect([of1.code, of1.document.ok, of1.document.seed]).toEqual([0, true, 1]);
    expect(of1.document.steps.map(({ name }) => name)).toEqual(NAMES);
    expect(of1.stdout.trim().split('\n')).toHaveLength(1);

    expect(failed(of2)).toEqual([]);
    expect([of2.document.ok, of2.document.seed]).toEqual([true, 2]);
    for (const [step, what] of SEEDED) {
      expect([what, figure(of2, step, what)]).not.toEqual([what, figure(of1, step, what)]);
    }
  });

  it(
    'stays up without --once when the job is done, and SIGINT stops everything that it started, PostgreSQL too',
    async () => {
      const urls = [...of2.said.stderr.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url);
      expect(urls).toHaveLength(3);
      for (const url of urls) await expect(fetch(url)).resolves.toBeDefined();
      expect(existsSync(postmaster())).toBe(true);
      of2.child.kill('SIGINT');
      expect(await of2.ended).toBe(0);
      for (const url of urls) await expect(fetch(url)).rejects.toThrow();
      expect(existsSync(postmaster())).toBe(false);
    },
    LIMIT_MS,
  );

  describe('with a fault', () => {
    let dropped: Run;
    let ignored: Run;

    beforeAll(async () => {
      [dropped, ignored] = await Promise.all([
        start('--fault', 'whatsapp:drop-all-sends'),
        start('--fault', 'ehr:ignore-writes'),
      ]);
    }, LIMIT_MS);

    it('names the step when WhatsApp drops every send', () => {
      expect([dropped.code, dropped.document.ok]).toEqual([1, false]);
      expect(failed(dropped)[0]).toMatch(/^remind: /);
      // The same seed is the same hospital again.
      expect(figure(dropped, 'sync', 'names')).toEqual(figure(of1, 'sync', 'names'));
      expect(figure(dropped, 'sync', 'times')).toEqual(figure(of1, 'sync', 'times'));
    });

    it('names the step when the EHR ignores writes', () => {
      expect([ignored.code, ignored.document.ok]).toEqual([1, false]);
      expect(failed(ignored)[0]).toMatch(/^confirm: /);
    });
  });

  it('says what it does not understand and exits with 2', async () => {
    const { said, ended } = launch(process.execPath, 'dist/src/sandbox/start.js', '--sede', '1');
    expect(await ended).toBe(2);
    expect(said.stderr).toContain('Usage: npm start');
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
