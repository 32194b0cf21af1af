import { spawn } from 'node:child_process';
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

describe('npm start -- --once --json', () => {
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
      expect(second.document.steps).not.toEqual(first.document.steps);
    },
    2 * LIMIT_MS,
  );

  it(
    'names the step when WhatsApp drops every send',
    async () => {
      const run = await start('--fault', 'whatsapp:drop-all-sends');
      expect([run.code, run.document.ok]).toEqual([1, false]);
      expect(failed(run)[0]).toMatch(/^remind: /);
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

  it('says what it does not understand and exits with 2', async () => {
    const child = spawn(process.execPath, ['dist/src/sandbox/start.js', '--sede', '1'], { cwd: ROOT });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: npm start');
  });
});
