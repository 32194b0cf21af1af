import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, grant, protect } from '../src/platform/database/migration-support.js';

/** API keys, the directory that finds one by its hash, and the remembered answers of Idempotency-Keys. */
export class IdentityApiKeys1795000000600 implements MigrationInterface {
  name = 'IdentityApiKeys1795000000600';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'identity');
    await runner.query(`
      create table identity.api_key_directory (
        key_hash bytea not null constraint pk_api_key_directory primary key,
        key_id uuid not null,
        organization_id uuid)`);
    await grant(runner, 'identity.api_key_directory', ['select', 'insert']);
    await runner.query(`
      create table identity.api_key (
        organization_id uuid not null,
        id uuid not null,
        name text not null,
        prefix text not null,
        scopes text[] not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        version int not null default 1,
        constraint pk_api_key primary key (organization_id, id))`);
    await runner.query(`create index ix_api_key_list on identity.api_key (organization_id, created_at, id)`);
    await protect(runner, 'identity.api_key', ['select', 'insert', 'update']);
    await runner.query(`
      create table identity.idempotency_key (
        organization_id uuid not null,
        actor text not null,
        key text not null,
        id uuid not null,
        request_hash bytea not null,
        started_at timestamptz not null,
        status int,
        answer_sealed bytea,
        constraint pk_idempotency_key primary key (organization_id, actor, key))`);
    await runner.query(
      `create index ix_idempotency_key_age on identity.idempotency_key (organization_id, started_at)`,
    );
    await protect(runner, 'identity.idempotency_key', ['select', 'insert', 'update', 'delete']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'identity');
  }
}
