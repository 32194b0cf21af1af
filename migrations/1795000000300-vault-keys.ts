import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** Wrapped data keys, and which keyring wraps them. A schema of its own, because its dumps live at most seven days. */
export class VaultKeys1795000000300 implements MigrationInterface {
  name = 'VaultKeys1795000000300';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'vault');
    await runner.query(`
      create table vault.keyring (
        organization_id uuid not null constraint pk_keyring primary key,
        identity text not null,
        registered_at timestamptz not null)`);
    await protect(runner, 'vault.keyring', ['select', 'insert']);
    await runner.query(`
      create table vault.data_key (
        organization_id uuid not null,
        subject_kind text not null
          constraint ck_data_key_subject_kind check (subject_kind in ('organization', 'patient', 'contact')),
        subject_id uuid not null,
        generation int not null constraint ck_data_key_generation check (generation > 0),
        epoch int not null,
        wrapped bytea,
        commitment bytea,
        made_at timestamptz not null,
        destroyed_at timestamptz,
        constraint ck_data_key_destroyed check (
          (wrapped is null) = (destroyed_at is not null) and (commitment is null) = (destroyed_at is not null)),
        constraint pk_data_key primary key (organization_id, subject_kind, subject_id, generation))`);
    await protect(runner, 'vault.data_key', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'vault');
  }
}
