import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/database/embedded/index.js';
import { type Child, startChild } from './children.js';
import { call } from './http.js';
import type { Installation } from './installation.js';
import type { StartOptions } from './options.js';
import { preferred } from './ports.js';
import { accountsOf, type SandboxAccount, secretEnvironment, writeSetup } from './setup.js';
import { startEngines } from './engines.js';
import { profileArguments } from './vendors.js';

/**
 * When the sandbox begins: a Monday morning in India, Sunday night in New York. Fixed, so that a seed gives the
 * same run on any day.
 */
export const BEGINNING = '2027-02-01T03:30:00.000Z';

export interface Sandbox {
  ehr: string;
  whatsapp: string;
  product: string;
  apiKey: string;
  accounts: SandboxAccount[];
  /** Resolves with the name of a process that ended on its own. */
  broken: Promise<string>;
  /** Everything that was started, PostgreSQL last. Idempotent. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL, the two stand-ins and the product, and lets Meta's stand-in shake hands with it. */
export async function startSandbox(installation: Installation, options: StartOptions): Promise<Sandbox> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = once(async () => {
    for (const one of started.reverse()) await one.stop();
  });
  try {
    const postgres = await keep(
      started,
      startEmbeddedPostgres({ dataDir: '.data', database: installation.database }),
    );
    const accounts = accountsOf(installation.secretOf);
    const clock = ['--seed', String(installation.seed), '--now', BEGINNING];
    const [ehr, whatsapp] = await Promise.all([
      keep(started, startEhr(options, clock)),
      keep(started, startWhatsapp({ installation, accounts, options, clock })),
    ]);
    const apiKey = installation.secretOf('api-key');
    const setupFile = writeSetup(installation.folder, {
      ehr: ehr.url,
      whatsapp: whatsapp.url,
      vendors: options.vendors,
    });
    const env = productEnvironment({ installation, postgres, accounts, apiKey, setupFile });
    const product = await keep(started, startProduct(options, env));
    await call(product.url, '/sandbox/clock', { body: { set: BEGINNING } });
    await shakeHands(whatsapp, product, accounts);
    await startEngines(options, { ehr: ehr.url, product: product.url, apiKey });
    const broken = Promise.race([ehr, whatsapp, product].map((child) => child.ended.then(() => child.name)));
    return { ehr: ehr.url, whatsapp: whatsapp.url, product: product.url, apiKey, accounts, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEhr(options: StartOptions, clock: string[]): Promise<Child> {
  const port = options.once ? 0 : await preferred(9101);
  return startChild({
    name: 'sandbox EHR',
    script: 'sandbox/ehr/main.js',
    args: ['--port', String(port), ...clock, ...profileArguments(options.vendors)],
    quiet: true,
  });
}

async function startWhatsapp(parts: {
  installation: Installation;
  accounts: SandboxAccount[];
  options: StartOptions;
  clock: string[];
}): Promise<Child> {
  const file = join(parts.installation.folder, 'accounts.json');
  writeFileSync(file, JSON.stringify(parts.accounts), { mode: 0o600 });
  const port = parts.options.once ? 0 : await preferred(9102);
  return startChild({
    name: 'sandbox WhatsApp',
    script: 'sandbox/whatsapp/main.js',
    args: ['--port', String(port), '--accounts', file, ...parts.clock],
    quiet: true,
  });
}

async function startProduct(options: StartOptions, env: NodeJS.ProcessEnv): Promise<Child> {
  const port = options.once ? 0 : await preferred(3000);
  return startChild({
    name: 'CareThread',
    script: 'main.js',
    args: ['--role=all'],
    env: { ...env, PORT: String(port) },
    quiet: true,
  });
}

function productEnvironment(parts: {
  installation: Installation;
  postgres: EmbeddedPostgres;
  accounts: SandboxAccount[];
  apiKey: string;
  setupFile: string;
}): NodeJS.ProcessEnv {
  const { installation, postgres } = parts;
  return {
    ...secretEnvironment(parts.accounts),
    SANDBOX: 'true',
    HOST: '127.0.0.1',
    DATABASE_URL: postgres.runtimeUrl,
    DATABASE_MIGRATION_URL: postgres.ownerUrl,
    CARETHREAD_DATA_DIR: installation.folder,
    CARETHREAD_KEYRING: `file:${join(installation.folder, 'keyring')}`,
    CARETHREAD_SETUP_FILE: parts.setupFile,
    CARETHREAD_BOOTSTRAP_API_KEY: parts.apiKey,
    LOG_LEVEL: 'warn',
  };
}

async function shakeHands(whatsapp: Child, product: Child, accounts: SandboxAccount[]): Promise<void> {
  for (const { phoneNumberId } of accounts) {
    const url = `${product.url}/webhooks/whatsapp`;
    const body = { phone_number_id: phoneNumberId, url };
    const { ok } = await call<{ ok: boolean }>(whatsapp.url, '/control/webhook', { body });
    if (!ok) throw new Error('CareThread refused the webhook handshake');
  }
}

async function keep<T extends { stop(): Promise<void> }>(
  started: { stop(): Promise<void> }[],
  one: Promise<T>,
): Promise<T> {
  const running = await one;
  started.push(running);
  return running;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
