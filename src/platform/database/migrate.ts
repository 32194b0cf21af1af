import { Logger, runMigrations as runJobMigrations } from 'graphile-worker';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations/index.js';
import { MOVED_CLOCK } from '../clock/clock.module.js';
import { ConfigurationFault } from '../config/settings.js';
import { RUNTIME_ROLE } from './migration-support.js';

export interface MigrateOptions {
  /** A login that owns the database and its schemas. */
  ownerUrl: string;
  /** The login that the product runs as. */
  runtimeRole: string;
  /** Whether the product's clock may be moved in this database. Unset: the clock stays as it is. */
  movableClock?: boolean;
}

/** Any number will do, as long as every CareThread process takes the same one. */
const MIGRATION_LOCK = 719_281_001;

/** Its own writes sentences to the console. What fails is thrown. */
const SILENT = new Logger(() => () => undefined);

/**
 * Brings the database to this version. Throws ConfigurationFault, and changes nothing, when the clock is to stand still
 * and was moved: what was written by it would fall due at a wrong time. Safe to run from many
 * processes at once: one works, the others wait.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const client = new Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (options.movableClock === false) await refuseMovedClock(client);
    await ensureRuntimeRole(client);
    const applied = await applyMigrations(options.ownerUrl);
    await runJobMigrations({ connectionString: options.ownerUrl, logger: SILENT });
    await openJobTables(client);
    if (options.movableClock !== undefined) await allowClock(client, options.movableClock);
    await admitLogin(client, options.runtimeRole);
    return { applied };
  } finally {
    await client.end();
  }
}

async function applyMigrations(url: string): Promise<string[]> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'carethread_migration',
  });
  await source.initialize();
  try {
    const done = await source.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await source.destroy();
  }
}

async function ensureRuntimeRole(client: Client): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [RUNTIME_ROLE]);
  if (!rowCount) await client.query(`create role ${RUNTIME_ROLE} nologin`);
}

/**
 * graphile-worker turns row security on without a policy: a role that does not own its tables would enqueue
 * nothing and run nothing, silently (measured with 0.17.3). Its own migrations may add tables, so this runs each time.
 */
async function openJobTables(client: Client): Promise<void> {
  await client.query(`grant usage on schema graphile_worker to ${RUNTIME_ROLE}`);
  await client.query(
    `grant select, insert, update, delete on all tables in schema graphile_worker to ${RUNTIME_ROLE}`,
  );
  await client.query(`grant usage on all sequences in schema graphile_worker to ${RUNTIME_ROLE}`);
  await client.query(`grant execute on all functions in schema graphile_worker to ${RUNTIME_ROLE}`);
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'graphile_worker' and c.relkind in ('r', 'p') and c.relrowsecurity`,
  );
  for (const { name } of rows) {
    await client.query(`drop policy if exists carethread on graphile_worker.${name}`);
    await client.query(
      `create policy carethread on graphile_worker.${name} for all to ${RUNTIME_ROLE} using (true)`,
    );
  }
}

async function allowClock(client: Client, movable: boolean): Promise<void> {
  await client.query(
    movable
      ? `grant update on platform.clock to ${RUNTIME_ROLE}`
      : `revoke update on platform.clock from ${RUNTIME_ROLE}`,
  );
}

async function refuseMovedClock(client: Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('platform.clock') is not null as found`,
  );
  if (!rows[0]?.found) return;
  const moved = await client.query(`select 1 from platform.clock where ahead <> '0'`);
  if (moved.rowCount) throw new ConfigurationFault([MOVED_CLOCK]);
}

async function admitLogin(client: Client, login: string): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role(rolname, $2, 'member') as member from pg_roles where rolname = $1`,
    [login, RUNTIME_ROLE],
  );
  if (rows[0]?.member) return;
  await client.query(`grant ${RUNTIME_ROLE} to ${client.escapeIdentifier(login)}`);
}
