import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/index.js';
import {
  APP_ROLE,
  OWNER_ROLE,
  prepareDatabase,
  prepareRoles,
} from '../../src/platform/database/embedded/roles.js';
import { migrate } from '../../src/platform/database/migrate.js';

const DATA_DIR = fileURLToPath(new URL('../../.data/test', import.meta.url));

interface TestServer {
  ownerUrl: string;
  runtimeUrl: string;
  adminUrl: string;
  stop(): Promise<void>;
}

interface Run extends TestServer {
  template: string;
}

let run: Promise<Run> | undefined;

/** One server and one migrated template for every project and worker of this jest process. */
export async function startTestPostgres(): Promise<void> {
  run ??= begin();
  const { adminUrl, ownerUrl, runtimeUrl, template } = await run;
  Object.assign(process.env, {
    TEST_ADMIN_URL: adminUrl,
    TEST_OWNER_URL: ownerUrl,
    TEST_RUNTIME_URL: runtimeUrl,
    TEST_TEMPLATE: template,
  });
}

export async function stopTestPostgres(): Promise<void> {
  const ended = run;
  run = undefined;
  if (!ended) return;
  const { adminUrl, stop } = await ended;
  try {
    await dropDatabases(adminUrl, (pid) => pid === process.pid);
  } finally {
    await stop();
  }
}

async function begin(): Promise<Run> {
  // The pid in the name tells a later run whose process is gone.
  const template = `test_${process.pid}_template_${randomBytes(4).toString('hex')}`;
  const server = await startServer(template);
  try {
    await dropDatabases(server.adminUrl, (pid) => !isAlive(pid));
    await migrate({ ownerUrl: server.ownerUrl, runtimeRole: APP_ROLE, movableClock: true });
    // A connection to the template would make every copy wait.
    await query(server.adminUrl, `alter database ${template} allow_connections false`);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, template };
}

function startServer(database: string): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  return given
    ? useServer(given, database)
    : startEmbeddedPostgres({ dataDir: DATA_DIR, database, fresh: true, maxConnections: 300 });
}

/** TEST_DATABASE_URL is a superuser's login; the two roles are made there with passwords derived from it. */
async function useServer(adminUrl: string, database: string): Promise<TestServer> {
  const password = (role: string) => createHmac('sha256', adminUrl).update(role).digest('hex');
  const owner = password(OWNER_ROLE);
  const app = password(APP_ROLE);
  await prepareRoles(adminUrl, { postgres: '', [OWNER_ROLE]: owner, [APP_ROLE]: app });
  await query(
    adminUrl,
    `alter role ${OWNER_ROLE} password '${owner}'; alter role ${APP_ROLE} password '${app}'`,
  );
  await prepareDatabase(adminUrl, database, true);
  return {
    adminUrl,
    ownerUrl: login(adminUrl, { role: OWNER_ROLE, password: owner, database }),
    runtimeUrl: login(adminUrl, { role: APP_ROLE, password: app, database }),
    stop: async () => undefined,
  };
}

function login(adminUrl: string, to: { role: string; password: string; database: string }): string {
  const url = new URL(adminUrl);
  url.username = to.role;
  url.password = to.password;
  url.pathname = to.database;
  return url.href;
}

async function dropDatabases(adminUrl: string, madeBy: (pid: number) => boolean): Promise<void> {
  const { rows } = await query(adminUrl, `select datname from pg_database where datname ~ '^test_[0-9]+_'`);
  const names = rows.map((row) => String(row.datname)).filter((name) => madeBy(Number(name.split('_')[1])));
  for (const name of names) await query(adminUrl, `drop database if exists ${name} with (force)`);
}

async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
