import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, grant, protect } from '../src/platform/database/migration-support.js';

const RUNTIME = 'carethread_runtime';

/** WhatsApp accounts, the webhook inbox, what was received, and the ledger of what goes out. */
export class MessagingLedger1795000001000 implements MigrationInterface {
  name = 'MessagingLedger1795000001000';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'messaging');
    await createAccounts(runner);
    await createTemplates(runner);
    await createInbox(runner);
    await createReceived(runner);
    await createLedger(runner);
    await createEarlyStatuses(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'messaging');
  }
}

async function createAccounts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.account (
      organization_id uuid not null,
      id uuid not null,
      name text not null,
      graph_base_url text not null,
      business_account_id text not null,
      phone_number_id text not null,
      display_number text,
      access_token_sealed bytea not null,
      app_secrets_sealed bytea not null,
      verify_token_sealed bytea not null,
      allow_private_network boolean not null default false,
      state text not null default 'active' constraint ck_account_state check (state in ('active', 'disabled')),
      created_at timestamptz not null,
      version int not null default 1,
      constraint pk_account primary key (organization_id, id))`);
  await runner.query(`create unique index ux_account_name on messaging.account (organization_id, name)`);
  await runner.query(
    `create unique index ux_account_phone_number on messaging.account (organization_id, phone_number_id)`,
  );
  await protect(runner, 'messaging.account', ['select', 'insert', 'update']);
  // What a webhook knows before anything else is known.
  await runner.query(`
    create table messaging.number_directory (
      phone_number_id text not null,
      business_account_id text not null,
      organization_id uuid not null,
      account_id uuid not null,
      version int not null,
      constraint pk_number_directory primary key (phone_number_id))`);
  await runner.query(
    `create unique index ux_number_directory_account on messaging.number_directory (organization_id, account_id)`,
  );
  await grant(runner, 'messaging.number_directory', ['select', 'insert', 'update', 'delete']);
  await runner.query(`
    create table messaging.channel (
      organization_id uuid not null,
      account_id uuid not null,
      messages_per_second int not null,
      paced_until timestamptz,
      slow_until timestamptz,
      held_code int,
      held_until timestamptz,
      held_scope text constraint ck_channel_held_scope check (held_scope in ('all', 'templates')),
      templates_due_at timestamptz not null,
      templates_read_at timestamptz,
      templates_failure text,
      quality_rating text,
      constraint ck_channel_rate check (messages_per_second > 0),
      constraint ck_channel_held check (num_nulls(held_code, held_until, held_scope) in (0, 3)),
      constraint fk_channel_account foreign key (organization_id, account_id)
        references messaging.account (organization_id, id),
      constraint pk_channel primary key (organization_id, account_id))`);
  await protect(runner, 'messaging.channel', ['select', 'insert', 'update']);
}

async function createTemplates(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.template (
      organization_id uuid not null,
      id uuid not null,
      business_account_id text not null,
      remote_id text not null,
      name text not null,
      language text not null,
      status text not null,
      category text not null,
      parameter_format text not null,
      components jsonb not null,
      suspended_code int,
      read_at timestamptz not null,
      version int not null default 1,
      constraint ck_template_parameter_format check (parameter_format in ('POSITIONAL', 'NAMED')),
      constraint pk_template primary key (organization_id, id))`);
  await runner.query(
    `create unique index ux_template_name
       on messaging.template (organization_id, business_account_id, name, language)`,
  );
  await protect(runner, 'messaging.template', ['select', 'insert', 'update']);
}

async function createInbox(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.inbox (
      organization_id uuid not null,
      day date not null,
      dedupe bytea not null,
      id uuid not null,
      account_id uuid,
      field text not null,
      change_sealed bytea not null,
      received_at timestamptz not null default clock_timestamp(),
      state text not null default 'waiting' constraint ck_inbox_state check (state in ('waiting', 'done', 'parked')),
      tries int not null default 0,
      due_at timestamptz not null default platform.now(),
      constraint pk_inbox primary key (organization_id, day, dedupe)) partition by range (day)`);
  await runner.query(
    `create index ix_inbox_waiting on messaging.inbox (organization_id, received_at) where state = 'waiting'`,
  );
  await runner.query(`create table messaging.inbox_default partition of messaging.inbox default`);
  await protect(runner, 'messaging.inbox', ['select', 'insert', 'update']);
  await protectPartition(runner, 'messaging.inbox_default');
  await createPartitioner(runner);
}

/** Rows are reached through the parent and its policy alone: a partition has row security and no policy at all. */
async function protectPartition(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`alter table ${table} enable row level security`);
  await runner.query(`alter table ${table} force row level security`);
}

/** The product owns nothing, so a function of the owner's makes its partitions. */
async function createPartitioner(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function messaging.make_inbox_partitions(first date, days int) returns int
      language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
    declare
      made int := 0;
      name text;
      part date;
    begin
      if days < 1 or days > 60 then raise exception 'between 1 and 60 days'; end if;
      for part in select first + n from generate_series(0, days - 1) as n loop
        name := 'inbox_' || to_char(part, 'YYYYMMDD');
        continue when to_regclass('messaging.' || name) is not null;
        -- Made apart and attached: CREATE ... PARTITION OF would lock out every webhook meanwhile.
        execute format('create table messaging.%I (like messaging.inbox including defaults including constraints)', name);
        execute format('alter table messaging.%I enable row level security', name);
        execute format('alter table messaging.%I force row level security', name);
        begin
          execute format('alter table messaging.inbox attach partition messaging.%I for values from (%L) to (%L)',
                         name, part, part + 1);
          made := made + 1;
        exception when check_violation then
          -- Rows of that day already lie in the default partition and stay there.
          execute format('drop table messaging.%I', name);
        end;
      end loop;
      return made;
    end $$`);
  await runner.query(`revoke all on function messaging.make_inbox_partitions(date, int) from public`);
  await runner.query(`grant execute on function messaging.make_inbox_partitions(date, int) to ${RUNTIME}`);
}

async function createReceived(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.received (
      organization_id uuid not null,
      id uuid not null,
      account_id uuid not null,
      address_id uuid not null,
      patient_id uuid,
      wamid_index bytea not null,
      quoted_index bytea,
      kind text not null constraint ck_received_kind check (kind in ('text', 'button', 'interactive', 'other')),
      type text not null,
      content_sealed bytea not null,
      stop boolean not null default false,
      at timestamptz not null,
      received_at timestamptz not null,
      constraint pk_received primary key (organization_id, id))`);
  await runner.query(
    `create unique index ux_received_wamid on messaging.received (organization_id, wamid_index)`,
  );
  await runner.query(
    `create index ix_received_address on messaging.received (organization_id, address_id, at)`,
  );
  await protect(runner, 'messaging.received', ['select', 'insert', 'update']);
  await runner.query(`
    create table messaging.pair (
      organization_id uuid not null,
      address_id uuid not null,
      account_id uuid not null,
      last_inbound_at timestamptz,
      paced_until timestamptz,
      constraint pk_pair primary key (organization_id, address_id, account_id))`);
  await protect(runner, 'messaging.pair', ['select', 'insert', 'update']);
}

const STATES = `'ready', 'claimed', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'parked', 'expired', 'refused'`;

async function createLedger(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.message (
      organization_id uuid not null,
      id uuid not null,
      account_id uuid not null,
      origin text not null constraint ck_message_origin check (origin in ('reminder', 'reply', 'notice')),
      origin_key text not null,
      kind text not null default 'ordinary'
        constraint ck_message_kind check (kind in ('ordinary', 'stop-confirmation')),
      address_id uuid not null,
      patient_id uuid,
      purpose text not null,
      visit_id uuid,
      content_kind text not null
        constraint ck_message_content_kind check (content_kind in ('template', 'text', 'buttons')),
      template_name text,
      template_language text,
      content_sealed bytea not null,
      state text not null default 'ready' constraint ck_message_state check (state in (${STATES})),
      reason text,
      failure_code int,
      tries int not null default 0,
      due_at timestamptz not null,
      useful_until timestamptz not null,
      lease_token uuid,
      lease_until timestamptz,
      consent_id uuid,
      consent_version int,
      decided_at timestamptz,
      wamid_index bytea,
      wamid_sealed bytea,
      created_at timestamptz not null,
      accepted_at timestamptz,
      sent_at timestamptz,
      delivered_at timestamptz,
      read_at timestamptz,
      failed_at timestamptz,
      unknown_at timestamptz,
      version int not null default 1,
      constraint ck_message_template
        check ((content_kind = 'template') = (template_name is not null and template_language is not null)),
      constraint ck_message_lease
        check ((state in ('claimed', 'sending')) = (lease_token is not null and lease_until is not null)),
      constraint ck_message_refused check (state <> 'refused' or reason is not null),
      constraint ck_message_consent
        check (state in ('ready', 'claimed', 'expired', 'refused') or kind = 'stop-confirmation'
               or (consent_id is not null and consent_version is not null and decided_at is not null)),
      constraint pk_message primary key (organization_id, id))`);
  await createLedgerIndexes(runner);
  await protect(runner, 'messaging.message', ['select', 'insert', 'update']);
  await runner.query(`
    create table messaging.attempt (
      organization_id uuid not null,
      id uuid not null,
      message_id uuid not null,
      account_id uuid not null,
      began_at timestamptz not null,
      ended_at timestamptz,
      outcome text
        constraint ck_attempt_outcome check (outcome in ('accepted', 'refused', 'unknown', 'not-begun')),
      code int,
      subcode int,
      http_status int,
      constraint fk_attempt_message foreign key (organization_id, message_id)
        references messaging.message (organization_id, id),
      constraint pk_attempt primary key (organization_id, id))`);
  await runner.query(
    `create index ix_attempt_message on messaging.attempt (organization_id, message_id, began_at)`,
  );
  await protect(runner, 'messaging.attempt', ['select', 'insert', 'update']);
}

async function createLedgerIndexes(runner: QueryRunner): Promise<void> {
  for (const index of [
    `unique index ux_message_origin on messaging.message (organization_id, origin, origin_key)`,
    `unique index ux_message_wamid on messaging.message (organization_id, wamid_index) where wamid_index is not null`,
    `index ix_message_ready on messaging.message (organization_id, account_id, due_at) where state = 'ready'`,
    `index ix_message_useful on messaging.message (organization_id, useful_until) where state = 'ready'`,
    `index ix_message_leased on messaging.message (organization_id, lease_until) where state in ('claimed', 'sending')`,
    `index ix_message_unknown on messaging.message (organization_id, unknown_at) where state = 'unknown'`,
    `index ix_message_visit on messaging.message (organization_id, visit_id) where state in ('ready', 'claimed')`,
    `index ix_message_address on messaging.message (organization_id, address_id, created_at)`,
  ]) {
    await runner.query(`create ${index}`);
  }
}

async function createEarlyStatuses(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table messaging.early_status (
      organization_id uuid not null,
      wamid_index bytea not null,
      status text not null constraint ck_early_status_status check (status in ('sent', 'delivered', 'read', 'failed')),
      at timestamptz not null,
      code int,
      seen_at timestamptz not null,
      constraint pk_early_status primary key (organization_id, wamid_index, status))`);
  await protect(runner, 'messaging.early_status', ['select', 'insert', 'update', 'delete']);
}
