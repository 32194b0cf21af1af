import { Client } from 'pg';
import { isClockMovable } from '../clock/clock.module.js';
import { ConfigurationFault, type Settings } from '../config/settings.js';
import { startEmbeddedPostgres } from './embedded/index.js';
import { migrate } from './migrate.js';

/** The product's database, up to date, and how to leave it. */
export interface DatabaseAccess {
  url: string;
  applied: string[];
  close(): Promise<void>;
}

const EMBEDDED_DATABASE = 'carethread';

/**
 * Opens the database that the settings name, or the embedded one, and brings it to this version.
 * `keepClock`: for who only visits, and has no say in whether the clock may be moved. Throws ConfigurationFault when the
 * product would run as a login that may do too much, or by a clock that a sandbox moved.
 */
export async function openDatabase(
  settings: Settings,
  { keepClock = false }: { keepClock?: boolean } = {},
): Promise<DatabaseAccess> {
  const server = await reach(settings);
  try {
    const runtimeRole = decodeURIComponent(new URL(server.url).username);
    const { applied } = await migrate({
      ownerUrl: server.ownerUrl,
      runtimeRole,
      ...(keepClock ? {} : { movableClock: isClockMovable(settings) }),
    });
    if (settings.production) await refusePowerfulLogin(server.url);
    return { url: server.url, applied, close: server.close };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function reach(settings: Settings): Promise<{ url: string; ownerUrl: string; close(): Promise<void> }> {
  if (settings.databaseUrl) {
    const ownerUrl = settings.migrationUrl ?? settings.databaseUrl;
    return { url: settings.databaseUrl, ownerUrl, close: async () => undefined };
  }
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, database: EMBEDDED_DATABASE });
  return { url: server.runtimeUrl, ownerUrl: server.ownerUrl, close: () => server.stop() };
}

/** Row-level security does not bind a superuser, and an owner may drop it: neither may serve patients. */
async function refusePowerfulLogin(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ powerful: boolean }>(
      `select rolsuper or rolbypassrls or exists (
         select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) as powerful
         from pg_roles r where rolname = current_user`,
    );
    if (rows[0]?.powerful) {
      throw new ConfigurationFault([
        'DATABASE_URL logs in as a superuser or as the owner of the tables. Give the product a login of its own and the owner in DATABASE_MIGRATION_URL.',
      ]);
    }
  } finally {
    await client.end();
  }
}
