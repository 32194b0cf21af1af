import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Role } from '../../../src/platform/config/settings.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/platform/database/embedded/index.js';
import { type Child, startChild } from '../../../src/sandbox/run/children.js';
import { packageRoot } from '../../../src/sandbox/run/setup.js';

export interface TrialOptions {
  /** Names the PostgreSQL of its own under `.data/trials`, so that two trials never share a server. */
  name: string;
  maxConnections?: number;
}

export interface ProductOptions {
  role?: Role;
  /** 0, the default, takes a free one. */
  port?: number;
  setup?: unknown;
  env?: NodeJS.ProcessEnv;
  /** Relative to dist/src; another build's `main.js` where that is what is tried. */
  script?: string;
}

/**
 * What a trial of the real thing stands on: a PostgreSQL server with an empty database, a folder with a keyring, and
 * as many processes of the built product (`dist/src/main.js`) as the trial wants, each in a sandbox's settings.
 */
export interface Trial {
  postgres: EmbeddedPostgres;
  folder: string;
  /** The bootstrap key: every scope, every organization. */
  apiKey: string;
  /** The environment that every product process gets; for a command line too. */
  environment: NodeJS.ProcessEnv;
  start(options?: ProductOptions): Promise<Child>;
  /** Ends every process that `start` started, then PostgreSQL, and removes the folder. */
  close(): Promise<void>;
}

export async function openTrial({ name, maxConnections }: TrialOptions): Promise<Trial> {
  const stamp = `${name.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`;
  const root = join(packageRoot(), '.data', 'trials', name);
  const folder = join(root, stamp);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const postgres = await startEmbeddedPostgres({
    dataDir: root,
    database: stamp,
    fresh: true,
    maxConnections,
  });
  const apiKey = randomBytes(32).toString('hex');
  const environment = {
    SANDBOX: 'true',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    DATABASE_URL: postgres.runtimeUrl,
    DATABASE_MIGRATION_URL: postgres.ownerUrl,
    CARETHREAD_DATA_DIR: folder,
    CARETHREAD_KEYRING: `file:${join(folder, 'keyring')}`,
    CARETHREAD_BOOTSTRAP_API_KEY: apiKey,
  };
  const children: Child[] = [];
  const start = async (options: ProductOptions = {}): Promise<Child> => {
    const { role = 'all', port = 0, setup, env, script = 'main.js' } = options;
    const setupFile = join(folder, 'setup.yaml');
    if (setup !== undefined) writeFileSync(setupFile, stringify(setup), { mode: 0o600 });
    const child = await startChild({
      name: `CareThread (${role})`,
      script,
      args: [`--role=${role}`],
      env: {
        ...environment,
        PORT: String(port),
        ...(setup === undefined ? {} : { CARETHREAD_SETUP_FILE: setupFile }),
        ...env,
      },
      quiet: true,
    });
    children.push(child);
    return child;
  };
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { postgres, folder, apiKey, environment, start, close };
}

/** Logs in as the superuser to the trial's own database: past row-level security. */
export function adminUrlOf({ postgres }: Trial): string {
  const url = new URL(postgres.adminUrl);
  url.pathname = new URL(postgres.ownerUrl).pathname;
  return url.href;
}
