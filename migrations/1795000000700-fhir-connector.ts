import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** Connections to EHRs, and ids, versions, hashes and times of what they hold. Never content. */
export class FhirConnector1795000000700 implements MigrationInterface {
  name = 'FhirConnector1795000000700';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'fhir');
    await createConnection(runner);
    await createSync(runner);
    await createResource(runner);
    await createQuarantine(runner);
    await createWrite(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'fhir');
  }
}

async function createConnection(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.connection (
      organization_id uuid not null,
      id uuid not null,
      name text not null,
      base_url text not null,
      profile text not null,
      auth_type text not null constraint ck_connection_auth_type check (auth_type in ('none', 'basic', 'bearer')),
      auth_sealed bytea,
      sync_strategy text not null
        constraint ck_connection_sync_strategy check (sync_strategy in ('auto', 'last-updated', 'window-scan')),
      horizon_days int not null,
      interval_seconds int not null,
      locations text[] not null,
      requests_per_second int not null,
      concurrency int not null,
      appointment_write text not null
        constraint ck_connection_appointment_write check (appointment_write in ('auto', 'L0', 'L1', 'L2')),
      summary_carrier text not null
        constraint ck_connection_summary_carrier check (summary_carrier in ('auto', 'B', 'C', 'D', 'F')),
      allow_private_network boolean not null,
      state text not null constraint ck_connection_state check (state in ('active', 'paused')),
      capabilities jsonb,
      probed_at timestamptz,
      version int not null default 1,
      constraint ck_connection_auth check ((auth_type = 'none') = (auth_sealed is null)),
      constraint pk_connection primary key (organization_id, id))`);
  await runner.query(`create unique index ux_connection_name on fhir.connection (organization_id, name)`);
  await protect(runner, 'fhir.connection', ['select', 'insert', 'update']);
}

async function createSync(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.sync (
      organization_id uuid not null,
      connection_id uuid not null,
      state text not null constraint ck_sync_state check (state in ('on', 'off')),
      due_at timestamptz not null,
      full_due_at timestamptz not null,
      probe_due_at timestamptz not null,
      mark timestamptz,
      lease uuid,
      lease_until timestamptz,
      started_at timestamptz,
      finished_at timestamptz,
      complete_at timestamptz,
      failures int not null default 0,
      fault_code text,
      figures jsonb,
      constraint pk_sync primary key (organization_id, connection_id),
      constraint fk_sync_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await runner.query(`create index ix_sync_due on fhir.sync (organization_id, due_at) where state = 'on'`);
  await runner.query(
    `create index ix_sync_probe_due on fhir.sync (organization_id, probe_due_at) where state = 'on'`,
  );
  await protect(runner, 'fhir.sync', ['select', 'insert', 'update']);
}

async function createResource(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.resource (
      organization_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      type text not null
        constraint ck_resource_type check (type in ('Patient', 'Practitioner', 'Location', 'Appointment')),
      fhir_id text not null,
      version_id text,
      hash bytea not null,
      last_updated timestamptz,
      starts_at timestamptz,
      needed_until timestamptz,
      seen_at timestamptz not null,
      gone_at timestamptz,
      constraint pk_resource primary key (organization_id, id),
      constraint fk_resource_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await runner.query(
    `create unique index ux_resource_fhir_id on fhir.resource (organization_id, connection_id, type, fhir_id)`,
  );
  await runner.query(
    `create index ix_resource_starts on fhir.resource (organization_id, connection_id, starts_at)
      where type = 'Appointment' and gone_at is null`,
  );
  await runner.query(
    `create index ix_resource_needed on fhir.resource (organization_id, connection_id, needed_until)
      where gone_at is null and needed_until is not null`,
  );
  await protect(runner, 'fhir.resource', ['select', 'insert', 'update']);
}

async function createQuarantine(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.quarantine (
      organization_id uuid not null,
      connection_id uuid not null,
      type text not null,
      fhir_id text not null,
      version_id text,
      reason text not null,
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      constraint pk_quarantine primary key (organization_id, connection_id, type, fhir_id),
      constraint fk_quarantine_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await protect(runner, 'fhir.quarantine', ['select', 'insert', 'update', 'delete']);
}

async function createWrite(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.write (
      organization_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      type text not null,
      identifier_system text not null,
      identifier_value text not null,
      state text not null default 'pending'
        constraint ck_write_state check (state in ('pending', 'sending', 'sent', 'unknown', 'refused')),
      lease uuid,
      lease_until timestamptz,
      posts int not null default 0,
      fhir_id text,
      version_id text,
      fault_code text,
      begun_at timestamptz not null,
      settled_at timestamptz,
      constraint pk_write primary key (organization_id, id),
      constraint fk_write_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await runner.query(
    `create unique index ux_write_identifier
       on fhir.write (organization_id, connection_id, type, identifier_system, identifier_value)`,
  );
  await protect(runner, 'fhir.write', ['select', 'insert', 'update']);
}
