import type { QueryRunner } from 'typeorm';

/** The group role that holds every grant of the running product; login roles are its members. */
export const RUNTIME_ROLE = 'carethread_runtime';

export type Grant = 'select' | 'insert' | 'update' | 'delete';

/** One schema per module. */
export async function createSchema(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`create schema ${schema}`);
  await runner.query(`grant usage on schema ${schema} to ${RUNTIME_ROLE}`);
}

/**
 * Row-level security on a tenant table, FORCEd so that it binds the owner too. An unset organization is NULL
 * and an empty string after a pooled transaction: both match no row.
 */
export async function protect(runner: QueryRunner, table: string, grants: Grant[]): Promise<void> {
  await runner.query(`alter table ${table} enable row level security`);
  await runner.query(`alter table ${table} force row level security`);
  await runner.query(
    `create policy organization on ${table}
       using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)`,
  );
  await grant(runner, table, grants);
}

/** A directory table: found before the organization is known, without PHI, without row security. */
export async function grant(runner: QueryRunner, table: string, grants: Grant[]): Promise<void> {
  await runner.query(`grant ${grants.join(', ')} on ${table} to ${RUNTIME_ROLE}`);
}

/** Undoes a module's migration as a whole. */
export async function dropSchema(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`drop schema ${schema} cascade`);
}
