import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/platform/database/embedded/index.js';
import { startSandboxEhr } from '../../../src/sandbox/ehr/index.js';
import { call } from '../../../src/sandbox/run/http.js';
import type { Progress } from '../../../src/sandbox/run/progress.js';
import { BEGINNING, type Sandbox } from '../../../src/sandbox/run/sandbox.js';
import { accountsOf, secretEnvironment, writeSetup } from '../../../src/sandbox/run/setup.js';
import { Story } from '../../../src/sandbox/story/story.js';
import { startSandboxWhatsapp } from '../../../src/sandbox/whatsapp/index.js';
import { type Relay, startRelay } from './relay.js';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));
const DATABASE = 'canary';
const SEED = 1;

export interface Spoken {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built product as a process of its own, on a cluster of its own, between relays to both stand-ins. */
export interface Installation {
  story: Story;
  sandbox: Sandbox;
  postgres: EmbeddedPostgres;
  /** Superuser's login to the product's database. */
  adminUrl: string;
  /** Stand before the EHR, the Graph API and the product. */
  ehr: Relay;
  graph: Relay;
  product: Relay;
  /** `data`, `tmp` and `work` lie in it: all that the product may write. */
  folder: string;
  said: { stdout: string; stderr: string };
  cli(...args: string[]): Promise<Spoken>;
  /** SIGTERM; the exit code. */
  stopProduct(): Promise<number | null>;
  close(): Promise<void>;
}

const QUIET = { say() {}, begin() {}, advance() {}, end() {} } as unknown as Progress;

export interface Stage {
  ehr: string;
  whatsapp: string;
}

/** `dress` may change what the stand-ins hold before the product reads it. */
export async function startInstallation(
  dress: (stage: Stage) => Promise<void>,
  dist = DIST,
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'carethread-canary-'));
  chmodSync(folder, 0o711);
  for (const name of ['data', 'tmp', 'work', 'harness']) mkdirSync(join(folder, name));
  const accounts = accountsOf((name) => `canary-${name}-8c1f5e`.replaceAll('/', '-'));
  const now = new Date(BEGINNING);
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'cluster'), database: DATABASE });
  const [ehr, whatsapp] = await Promise.all([
    startSandboxEhr({ seed: SEED, now }),
    startSandboxWhatsapp({ seed: SEED, now, accounts }),
  ]);
  await dress({ ehr: ehr.url, whatsapp: whatsapp.url });
  let productUrl = '';
  const relays = await Promise.all([
    startRelay(() => ehr.url),
    startRelay(() => whatsapp.url),
    startRelay(() => productUrl),
  ]);
  const [toEhr, toGraph, toProduct] = relays;
  const apiKey = 'canary-api-key-3f9d1b7a5c8e2046-0123456789';
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    TMPDIR: join(folder, 'tmp'),
    SANDBOX: 'true',
    PORT: '0',
    LOG_LEVEL: 'debug',
    DATABASE_URL: postgres.runtimeUrl,
    DATABASE_MIGRATION_URL: postgres.ownerUrl,
    CARETHREAD_DATA_DIR: join(folder, 'data'),
    CARETHREAD_SETUP_FILE: writeSetup(join(folder, 'harness'), { ehr: toEhr.url, whatsapp: toGraph.url }),
    CARETHREAD_BOOTSTRAP_API_KEY: apiKey,
    ...secretEnvironment(accounts),
  };
  const cwd = join(folder, 'work');
  const said = { stdout: '', stderr: '' };
  const child = spawn(process.execPath, [join(dist, 'src/main.js'), '--role=all'], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = listen(child, said);
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    await Promise.all([ehr.close(), whatsapp.close(), ...relays.map((relay) => relay.close())]);
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(postgres.location, { recursive: true, force: true });
  };
  try {
    productUrl = await readyUrl(child, ended, said);
    await call(productUrl, '/sandbox/clock', { body: { set: BEGINNING } });
    for (const { phoneNumberId } of accounts) {
      const url = `${toProduct.url}/webhooks/whatsapp`;
      await call(whatsapp.url, '/control/webhook', { body: { phone_number_id: phoneNumberId, url } });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const sandbox: Sandbox = {
    ehr: ehr.url,
    whatsapp: whatsapp.url,
    product: toProduct.url,
    apiKey,
    accounts,
    broken: ended.then(() => 'the product'),
    stop: close,
  };
  const admin = new URL(postgres.adminUrl);
  admin.pathname = DATABASE;
  return {
    story: new Story(sandbox, SEED, QUIET),
    sandbox,
    postgres,
    adminUrl: admin.href,
    ehr: toEhr,
    graph: toGraph,
    product: toProduct,
    folder,
    said,
    cli: (...args) => speak([join(dist, 'src/apps/cli/carethread.js'), ...args], { env, cwd }),
    stopProduct: async () => {
      child.kill('SIGTERM');
      return ended;
    },
    close,
  };
}

function listen(child: ChildProcess, said: { stdout: string; stderr: string }): Promise<number | null> {
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

function readyUrl(
  child: ChildProcess,
  ended: Promise<number | null>,
  said: { stderr: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('message', ({ ready }: { ready: string }) => resolve(ready));
    void ended.then((code) =>
      reject(new Error(`the product ended with ${code}: ${said.stderr.slice(-2_000)}`)),
    );
  });
}

async function speak(args: string[], options: { env: NodeJS.ProcessEnv; cwd: string }): Promise<Spoken> {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  return { code: await listen(child, said), ...said };
}
