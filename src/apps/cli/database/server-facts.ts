import type { Ask } from './ask.js';

/** What the server and the product's login are like. */
export interface ServerFacts {
  version: string;
  versionNumber: number;
  login: string;
  superuser: boolean;
  bypassesRowSecurity: boolean;
  ownsTables: boolean;
  maxLocksPerTransaction: number;
  maxConnections: number;
  /** Seconds; 0 where the system's own hold, and on a socket of this machine. */
  keepalivesIdle: number;
  /** By their names in postgresql.conf. */
  settings: Record<(typeof SETTINGS)[number], string>;
  /** Milliseconds by which the server's clock is ahead of this process's. */
  clockAheadMs: number;
}

/** What decides whether a commit lasts, and whether values get into the server's log. */
const SETTINGS = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'log_error_verbosity',
  'log_min_error_statement',
] as const;

export async function serverFacts(ask: Ask): Promise<ServerFacts> {
  const [facts] = await ask<Omit<ServerFacts, 'clockAheadMs'>>(
    `select current_setting('server_version') as version,
            current_setting('server_version_num')::int as "versionNumber",
            rolname::text as login,
            rolsuper as superuser,
            rolbypassrls as "bypassesRowSecurity",
            exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) as "ownsTables",
            current_setting('max_locks_per_transaction')::int as "maxLocksPerTransaction",
            current_setting('max_connections')::int as "maxConnections",
            (select setting::int from pg_settings where name = 'tcp_keepalives_idle') as "keepalivesIdle",
            (select jsonb_object_agg(name, setting) from pg_settings where name = any ($1::text[])) as settings
       from pg_roles r where rolname = current_user`,
    [SETTINGS],
  );
  return { ...facts!, clockAheadMs: await clockAhead(ask) };
}

/** Against the middle of the call: the way there and the way back take about the same. */
async function clockAhead(ask: Ask): Promise<number> {
  const before = Date.now();
  const [row] = await ask<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  return Math.round(row!.now - (before + Date.now()) / 2);
}

/** Found before the hospital is known: nothing of a patient, no row security (docs/architecture.md, tenancy). */
const DIRECTORIES = [
  'fhir.hint_directory',
  'fhir.published_key',
  'identity.api_key_directory',
  'messaging.number_departure',
  'messaging.number_directory',
  'organizations.directory',
];

/** Tables with rows of hospitals that row security does not keep apart, the owner included. Directories aside. */
export async function unprotectedTables(ask: Ask): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
      where c.relkind in ('r', 'p') and n.nspname not in ('public', 'information_schema', 'graphile_worker')
        and n.nspname not like 'pg_%' and n.nspname || '.' || c.relname <> all ($1::text[])
        and not (c.relrowsecurity and c.relforcerowsecurity
                 and (c.relispartition or exists (select 1 from pg_policy p where p.polrelid = c.oid)))
      order by 1`,
    [DIRECTORIES],
  );
  return rows.map(({ name }) => name);
}

/** Whether this login may use the job tables, and row security on them lets it see the rows. */
export async function jobsVisible(ask: Ask): Promise<boolean> {
  const [row] = await ask<{ visible: boolean }>(
    `select has_schema_privilege('graphile_worker', 'usage')
        and has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
        and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete')
        and (not c.relrowsecurity or exists (
              select 1 from pg_policy p, unnest(p.polroles) as role
               where p.polrelid = c.oid and (role = 0 or pg_has_role(role, 'member')))) as visible
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'graphile_worker' and c.relname = '_private_jobs'`,
  );
  return row?.visible ?? false;
}
