import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, protect } from '../src/platform/database/migration-support.js';

/** An EHR, or the interface engine before it, says which record to read: ids and times, never content. */
export class FhirHints1795000003200 implements MigrationInterface {
  name = 'FhirHints1795000003200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fhir.connection
        add column hint_secrets_sealed bytea,
        add column subscription text not null default 'none' constraint ck_connection_subscription
          check (subscription in ('none', 'rest-hook', 'backport')),
        add column subscription_topic text`);
    await runner.query(`alter table fhir.connection alter column subscription drop default`);
    // Whose hint it is must be known before the organization is.
    await runner.query(`
      create table fhir.hint_directory (
        connection_id uuid not null,
        organization_id uuid not null,
        version int not null,
        constraint pk_hint_directory primary key (connection_id))`);
    await grant(runner, 'fhir.hint_directory', ['select', 'insert', 'update', 'delete']);
    await createHint(runner);
    await createSubscription(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table fhir.subscription, fhir.hint, fhir.hint_directory`);
    await runner.query(`
      alter table fhir.connection
        drop column hint_secrets_sealed, drop column subscription, drop column subscription_topic`);
  }
}

async function createHint(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.hint (
      organization_id uuid not null,
      connection_id uuid not null,
      type text not null,
      fhir_id text not null,
      token uuid not null,
      received_at timestamptz not null,
      due_at timestamptz not null,
      leased_until timestamptz,
      attempts int not null default 0,
      constraint pk_hint primary key (organization_id, connection_id, type, fhir_id),
      constraint fk_hint_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await runner.query(`create index ix_hint_due on fhir.hint (organization_id, due_at)`);
  await protect(runner, 'fhir.hint', ['select', 'insert', 'update', 'delete']);
}

async function createSubscription(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.subscription (
      organization_id uuid not null,
      connection_id uuid not null,
      kind text not null constraint ck_subscription_kind check (kind in ('rest-hook', 'backport')),
      fhir_id text,
      state text not null
        constraint ck_subscription_state check (state in ('wanted', 'requested', 'active', 'error', 'off')),
      last_event bigint,
      gaps int not null default 0,
      heard_at timestamptz,
      check_at timestamptz not null,
      failures int not null default 0,
      fault_code text,
      constraint pk_subscription primary key (organization_id, connection_id),
      constraint fk_subscription_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await runner.query(`create index ix_subscription_check on fhir.subscription (organization_id, check_at)`);
  await protect(runner, 'fhir.subscription', ['select', 'insert', 'update', 'delete']);
}
