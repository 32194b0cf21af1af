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
}

export async function serverFacts(ask: Ask): Promise<ServerFacts> {
  const [facts] = await ask<ServerFacts>(
    `select current_setting('server_version') as version,
            current_setting('server_version_num')::int as "versionNumber",
            rolname::text as login,
            rolsuper as superuser,
            rolbypassrls as "bypassesRowSecurity",
            exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) as "ownsTables",
            current_setting('max_locks_per_transaction')::int as "maxLocksPerTransaction",
            current_setting('max_connections')::int as "maxConnections"
       from pg_roles r where rolname = current_user`,
  );
  return facts!;
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
