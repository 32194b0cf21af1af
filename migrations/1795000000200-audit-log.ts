import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  createSchema,
  dropSchema,
  protect,
  RUNTIME_ROLE,
} from '../src/platform/database/migration-support.js';

/** The append-only log, what waits to be sealed, and the Merkle tree over it with its signed checkpoints. */
export class AuditLog1795000000200 implements MigrationInterface {
  name = 'AuditLog1795000000200';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'audit');
    await runner.query(REFUSE);
    await createEvent(runner);
    await createUnsealed(runner);
    await createLeaf(runner);
    await createCheckpoint(runner);
    for (const table of ['audit.event', 'audit.leaf', 'audit.checkpoint'])
      await makeAppendOnly(runner, table);
    await createPartitions(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'audit');
  }
}

const REFUSE = `
  create function audit.refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'audit rows are only ever added' using errcode = 'restrict_violation';
  end $$`;

async function createEvent(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table audit.event (
      organization_id uuid not null,
      recorded_at timestamptz not null,
      id uuid not null,
      type text not null,
      entity_id uuid,
      patient_id uuid,
      body bytea not null,
      leaf bytea not null constraint ck_event_leaf check (length(leaf) = 32),
      constraint pk_event primary key (organization_id, recorded_at, id)
    ) partition by range (recorded_at)`);
  await runner.query(`create index ix_event_type on audit.event (organization_id, type, recorded_at, id)`);
  await runner.query(
    `create index ix_event_entity on audit.event (organization_id, entity_id, recorded_at, id)`,
  );
  await runner.query(
    `create index ix_event_patient on audit.event (organization_id, patient_id, recorded_at, id)`,
  );
  await protect(runner, 'audit.event', ['select', 'insert']);
}

/** Filled by the trigger alone, so that no writer can forget it; a row leaves when its event is sealed. */
async function createUnsealed(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table audit.unsealed (
      organization_id uuid not null,
      recorded_at timestamptz not null,
      event_id uuid not null,
      leaf bytea not null,
      constraint pk_unsealed primary key (organization_id, recorded_at, event_id))`);
  await protect(runner, 'audit.unsealed', ['select', 'delete']);
  await runner.query(`
    create function audit.await_seal() returns trigger
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      insert into audit.unsealed (organization_id, recorded_at, event_id, leaf)
        values (new.organization_id, new.recorded_at, new.id, new.leaf);
      return null;
    end $$`);
  await runner.query(
    `create trigger tr_event_await_seal after insert on audit.event for each row execute function audit.await_seal()`,
  );
  await runner.query(`alter table audit.event enable always trigger tr_event_await_seal`);
}

async function createLeaf(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table audit.leaf (
      organization_id uuid not null,
      idx bigint not null constraint ck_leaf_idx check (idx >= 0),
      recorded_at timestamptz not null,
      event_id uuid not null,
      leaf bytea not null,
      constraint pk_leaf primary key (organization_id, idx))`);
  await runner.query(
    `create unique index ux_leaf_event on audit.leaf (organization_id, recorded_at, event_id)`,
  );
  await protect(runner, 'audit.leaf', ['select', 'insert']);
}

/** `frontier`: the compact range at this size, from which the next seal goes on. `note`: the signed text. */
async function createCheckpoint(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table audit.checkpoint (
      organization_id uuid not null,
      size bigint not null constraint ck_checkpoint_size check (size > 0),
      frontier bytea not null,
      note text not null,
      sealed_at timestamptz not null,
      constraint pk_checkpoint primary key (organization_id, size))`);
  await protect(runner, 'audit.checkpoint', ['select', 'insert']);
}

/** ENABLE ALWAYS: they bind the owner, and fire under session_replication_role = replica too. */
async function makeAppendOnly(runner: QueryRunner, table: string): Promise<void> {
  const name = table.replace('audit.', '');
  await runner.query(
    `create trigger tr_${name}_no_change before update or delete on ${table}
       for each row execute function audit.refuse()`,
  );
  await runner.query(
    `create trigger tr_${name}_no_truncate before truncate on ${table}
       for each statement execute function audit.refuse()`,
  );
  await runner.query(`alter table ${table} enable always trigger tr_${name}_no_change`);
  await runner.query(`alter table ${table} enable always trigger tr_${name}_no_truncate`);
}

/**
 * The runtime role owns nothing and so makes no partition itself. Row triggers reach a partition from its parent;
 * truncate triggers and row security do not. What the default partition already holds of a month stays there. A new
 * partition locks the whole table: behind a long transaction it gives up, rather than keep all writers waiting.
 */
async function createPartitions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function audit.close_partition(partition text) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      execute format('create trigger tr_event_no_truncate before truncate on audit.%I
        for each statement execute function audit.refuse()', partition);
      execute format('alter table audit.%I enable always trigger tr_event_no_truncate', partition);
      execute format('alter table audit.%I enable row level security', partition);
      execute format('alter table audit.%I force row level security', partition);
    end $$`);
  await runner.query(`revoke execute on function audit.close_partition(text) from public`);
  await runner.query(`create table audit.event_default partition of audit.event default`);
  await runner.query(`select audit.close_partition('event_default')`);
  await runner.query(ENSURE_PARTITION);
  await runner.query(`revoke execute on function audit.ensure_partition(timestamptz) from public`);
  await runner.query(`grant execute on function audit.ensure_partition(timestamptz) to ${RUNTIME_ROLE}`);
}

const ENSURE_PARTITION = `
  create function audit.ensure_partition(at timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
  declare
    first timestamptz := date_trunc('month', at, 'UTC');
    next timestamptz := (first at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    partition text := 'event_' || to_char(first at time zone 'UTC', 'YYYY_MM');
  begin
    if to_regclass('audit.' || partition) is not null then
      return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('audit.ensure_partition', 0));
    if to_regclass('audit.' || partition) is not null then
      return false;
    end if;
    begin
      execute format('create table audit.%I partition of audit.event for values from (%L) to (%L)',
        partition, first, next);
    exception when check_violation then
      return false;
    end;
    perform audit.close_partition(partition);
    return true;
  end $$`;
