import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../errors/fault.js';
import { serverAccount } from './account.js';
import { prepareBinaries } from './binaries.js';
import { type Cluster, prepareCluster } from './cluster.js';
import { type Credentials, loadCredentials } from './credentials.js';
import { prepareLocation } from './location.js';
import { withLock } from './lock.js';
import { APP_ROLE, OWNER_ROLE, prepareDatabase, prepareRoles } from './roles.js';
import { runningPort } from './running-server.js';
import { startServer, stopServer } from './server.js';
import { addUser, forgetUsers, removeUser } from './users.js';

const START_ATTEMPTS = 10;
const RETRY_PAUSE_MS = 200;

export interface EmbeddedPostgresOptions {
  /** The folder that everything written locally lies under. */
  dataDir: string;
  /** Made, owned by `carethread_owner`, when it is missing. */
  database: string;
  /** The database must not exist yet. Nothing is ever dropped: the caller passes a new name. */
  fresh?: boolean;
  /** Default 100. A server that runs already keeps its own. */
  maxConnections?: number;
}

export interface EmbeddedPostgres {
  /** Logs in as `carethread_owner`, for migrations. */
  ownerUrl: string;
  /** Logs in as `carethread_app`, which owns nothing. */
  runtimeUrl: string;
  /** Logs in as the superuser, to the database `postgres`; for tests and template copies. */
  adminUrl: string;
  /** The folder of the cluster, its log and its passwords. */
  location: string;
  /** Stops the server unless another living process uses it. May be called again, and after the server died. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of our own under `dataDir`, for machines without one: reused when it runs, started when it does
 * not, made when it is missing. Safe to call from several processes at once.
 * @throws Fault `database.embedded-…`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // The server's programs run in the cluster's folder, where a relative path would lead elsewhere.
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const lock = join(dataDir, 'postgres.lock');
  return withLock(lock, async () => {
    const account = serverAccount();
    const location = prepareLocation(dataDir, account);
    const bin = prepareBinaries(location, account);
    const cluster = {
      location,
      data: join(location, 'data'),
      log: join(location, 'server.log'),
      bin,
      account,
    };
    const credentials = loadCredentials(location);
    const urlOf = urls(credentials);
    await prepareCluster(cluster, credentials.postgres);
    const port = await reachServer(cluster, urlOf.admin, options.maxConnections);
    const adminUrl = urlOf.admin(port);
    const note = addUser(location);
    try {
      await prepareRoles(adminUrl, credentials);
      await prepareDatabase(adminUrl, options.database, options.fresh ?? false);
    } catch (error) {
      await leave(cluster, note, urlOf.admin);
      throw error;
    }
    let stopped: Promise<void> | undefined;
    return {
      ownerUrl: urlOf.role(OWNER_ROLE, port, options.database),
      runtimeUrl: urlOf.role(APP_ROLE, port, options.database),
      adminUrl,
      location,
      stop: () => (stopped ??= withLock(lock, () => leave(cluster, note, urlOf.admin))),
    };
  });
}

type UrlOf = (port: number) => string;

async function reachServer(cluster: Cluster, adminUrl: UrlOf, maxConnections?: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const running = await runningPort(cluster, adminUrl);
    if (running) return running;
    forgetUsers(cluster.location);
    try {
      return await startServer(cluster, maxConnections);
    } catch (error) {
      if (attempt === START_ATTEMPTS || !(error instanceof Fault && error.retryable)) throw error;
    }
    await sleep(RETRY_PAUSE_MS);
  }
}

async function leave(cluster: Cluster, note: string, adminUrl: UrlOf): Promise<void> {
  if (!removeUser(cluster.location, note)) return;
  // Asked first: with a dead server pg_ctl would signal whoever has its old pid now.
  if (await runningPort(cluster, adminUrl)) await stopServer(cluster);
}

function urls(credentials: Credentials) {
  const role = (name: keyof Credentials, port: number, database: string) =>
    `postgres://${name}:${credentials[name]}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return { role, admin: (port: number) => role('postgres', port, 'postgres') };
}
