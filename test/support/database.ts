import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** Logs in as the role that owns every table. */
  ownerUrl: string;
  /** Logs in as the product does. */
  runtimeUrl: string;
  /** Logs in as the superuser. */
  adminUrl: string;
  drop(): Promise<void>;
}

/** A migrated database of the caller's own, copied from the template that the global set-up made. */
export async function copyTemplate(): Promise<TestDatabase> {
  const template = given('TEST_TEMPLATE');
  const name = `${template.replace('template', 'copy')}_${randomBytes(6).toString('hex')}`;
  await asAdmin(`create database ${name} template ${template} owner carethread_owner`);
  return {
    ownerUrl: urlOf('TEST_OWNER_URL', name),
    runtimeUrl: urlOf('TEST_RUNTIME_URL', name),
    adminUrl: urlOf('TEST_ADMIN_URL', name),
    drop: () => asAdmin(`drop database if exists ${name} with (force)`),
  };
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: given('TEST_ADMIN_URL') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(variable: string, database: string): string {
  const url = new URL(given(variable));
  url.pathname = database;
  return url.href;
}

function given(variable: string): string {
  const value = process.env[variable];
  if (!value)
    throw new Error(`${variable} is not set: the global set-up of this jest project starts PostgreSQL.`);
  return value;
}
