import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyTemplate, type TestDatabase } from '../support/database.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

interface Ended {
  code: number | null;
  stderr: string;
}

describe('node dist/src/main.js', () => {
  let folder: string;
  let database: TestDatabase;
  const running = new Set<{ child: ChildProcess; ended: Promise<Ended> }>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carethread-main-'));
    database = await copyTemplate();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  // What a test that failed has left: jest would wait for it.
  afterEach(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
  });

  const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    PORT: '0',
    CARETHREAD_DATA_DIR: folder,
    DATABASE_URL: database.runtimeUrl,
    DATABASE_MIGRATION_URL: database.ownerUrl,
    ...more,
  });

  function launch(
    env: NodeJS.ProcessEnv,
    ...args: string[]
  ): { child: ChildProcess; ended: Promise<Ended>; ready: Promise<string> } {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
    const ended = new Promise<Ended>((resolve) => child.once('exit', (code) => resolve({ code, stderr })));
    const ready = new Promise<string>((resolve, reject) => {
      child.on('message', (message: { ready: string }) => resolve(message.ready));
      void ended.then(({ stderr: said }) => reject(new Error(said)));
    });
    ready.catch(() => undefined);
    const started = { child, ended, ready };
    running.add(started);
    void ended.then(() => running.delete(started));
    return started;
  }

  it('lists every fault of the environment at once, in words, with exit code 78', async () => {
    const { code, stderr } = await launch({
      PATH: process.env.PATH,
      PORT: 'x',
      LOG_LEVEL: 'loud',
      NODE_ENV: 'production',
    }).ended;
    expect(code).toBe(78);
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(stderr).toContain(`- ${name} `);
  });

  it('lists every fault of the setup file at once, without its secrets, with exit code 78', async () => {
    const setup = join(folder, 'wrong.yaml');
    writeFileSync(
      setup,
      `organizations:
  - slug: St Marys
    name: St Mary's
    timeZone: Asia/Calicut
    country: IN
    languages: []
    colour: blue
    ehr: [{ name: main, baseUrl: not-an-address, auth: { type: guess } }]
    whatsapp: [{ name: main, accessToken: { value: canary-secret }, appSecret: { env: NOT_SET_ANYWHERE } }]
    reminders: [{ key: one, before: yesterday, template: x }]
`,
    );
    const { code, stderr } = await launch(environment({ CARETHREAD_SETUP_FILE: setup })).ended;
    expect(code).toBe(78);
    for (const at of [
      'slug',
      'timeZone',
      'languages',
      'colour',
      'ehr[0].baseUrl',
      'whatsapp[0].appSecret',
      'reminders[0].before',
    ]) {
      expect(stderr).toContain(`organizations[0].${at}`);
    }
    expect(stderr).not.toContain('canary-secret');
  });

  it('refuses an unknown role, and a login that may do too much in production', async () => {
    expect((await launch(environment({}), '--role=boss').ended).code).toBe(78);
    const powerful = environment({ NODE_ENV: 'production', DATABASE_URL: database.ownerUrl });
    const { code, stderr } = await launch(powerful).ended;
    expect([code, stderr]).toEqual([78, expect.stringContaining('owner of the tables')]);
  });

  it.each(['all', 'web', 'worker'])(
    'serves as --role=%s and stops with exit code 0 on SIGTERM',
    async (role) => {
      const { child, ended, ready } = launch(environment({}), `--role=${role}`);
      const url = await ready;
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      expect((await fetch(`${url}/sandbox/clock`)).status).toBe(404);
      child.kill('SIGTERM');
      const { code, stderr } = await ended;
      expect([code, stderr]).toEqual([0, expect.stringContaining('process.stopped')]);
    },
  );

  it('stops when the process that started it is gone', async () => {
    const { child, ended, ready } = launch(environment({}));
    await ready;
    child.disconnect();
    expect((await ended).code).toBe(0);
  });

  it('carries the whole OpenAPI document', async () => {
    const { child, ended, ready } = launch(environment({}), '--role=web');
    const url = await ready;
    const docs = await fetch(`${url}/docs`);
    expect([docs.status, await docs.text()]).toEqual([200, expect.stringContaining('swagger-ui')]);
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      components: { schemas: Record<string, { properties?: object }> };
    };
    child.kill('SIGTERM');
    await ended;
    const empty = Object.entries(document.components.schemas).filter(
      ([, { properties }]) => !properties || Object.keys(properties).length === 0,
    );
    expect(empty.map(([name]) => name)).toEqual([]);
    expect(Object.keys(document.components.schemas).length).toBeGreaterThan(30);
  });
});
