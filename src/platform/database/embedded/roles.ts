import pg from 'pg';
import type { Credentials } from './credentials.js';
import { embeddedFault } from './embedded-fault.js';
import { withClient } from './sql.js';

/** Runs the migrations and owns every table: CREATEROLE and CREATEDB, neither superuser nor BYPASSRLS. */
export const OWNER_ROLE = 'carethread_owner';
/** What the product logs in as; it owns nothing. */
export const APP_ROLE = 'carethread_app';
/** The group that tables are granted to; APP_ROLE is its member. */
export const RUNTIME_ROLE = 'carethread_runtime';

/** Makes the roles that are missing. */
export async function prepareRoles(adminUrl: string, credentials: Credentials): Promise<void> {
  await withClient(adminUrl, async (client) => {
    if (!(await exists(client, 'pg_roles', 'rolname', OWNER_ROLE))) {
      await client.query(
        `create role ${OWNER_ROLE} login createrole createdb ${secret(credentials, OWNER_ROLE)}`,
      );
    }
    if (!(await exists(client, 'pg_roles', 'rolname', APP_ROLE))) {
      await client.query(`create role ${APP_ROLE} login ${secret(credentials, APP_ROLE)}`);
    }
    if (!(await exists(client, 'pg_roles', 'rolname', RUNTIME_ROLE))) {
      // Made by the owner: whoever makes a role may also grant it.
      await client.query(
        `begin; set local role ${OWNER_ROLE}; create role ${RUNTIME_ROLE} nologin; grant ${RUNTIME_ROLE} to ${APP_ROLE}; commit`,
      );
    }
  });
}

/** Makes the database when it is missing; with `fresh` one that exists is refused. */
export async function prepareDatabase(adminUrl: string, database: string, fresh: boolean): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const found = await exists(client, 'pg_database', 'datname', database);
    if (found && fresh) {
      throw embeddedFault(
        'database-exists',
        `A database named ${database} exists already; a new name is needed.`,
      );
    }
    if (!found) await client.query(`create database ${pg.escapeIdentifier(database)} owner ${OWNER_ROLE}`);
  });
}

function secret(credentials: Credentials, role: keyof Credentials): string {
  return `password ${pg.escapeLiteral(credentials[role])}`;
}

async function exists(client: pg.Client, catalogue: string, column: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`select 1 from ${catalogue} where ${column} = $1`, [name]);
  return rowCount === 1;
}
