import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** Visits as the EHR has them, reminder rules, the steps of each visit, button tokens and what patients asked for. */
export class SchedulingSteps1795000001200 implements MigrationInterface {
  name = 'SchedulingSteps1795000001200';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'scheduling');
    await createSettings(runner);
    await createAppointments(runner);
    await createSteps(runner);
    await createAnswers(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'scheduling');
  }
}

async function createSettings(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table scheduling.reminder_rule (
      organization_id uuid not null,
      id uuid not null,
      key text not null,
      before text not null,
      template text not null,
      pending boolean not null default false,
      active boolean not null default true,
      version int not null default 1,
      constraint pk_reminder_rule primary key (organization_id, id))`);
  await runner.query(`
    create unique index ux_reminder_rule_active_key on scheduling.reminder_rule (organization_id, key) where active`);
  await runner.query(`
    create table scheduling.quiet_hours (
      organization_id uuid not null,
      begins text not null,
      ends text not null,
      version int not null default 1,
      constraint pk_quiet_hours primary key (organization_id))`);
  await runner.query(`
    create table scheduling.place (
      organization_id uuid not null,
      connection_id uuid not null,
      reference text not null,
      name text,
      time_zone text,
      constraint pk_place primary key (organization_id, connection_id, reference))`);
  await protect(runner, 'scheduling.reminder_rule', ['select', 'insert', 'update']);
  await protect(runner, 'scheduling.quiet_hours', ['select', 'insert', 'update']);
  await protect(runner, 'scheduling.place', ['select', 'insert', 'update', 'delete']);
}

async function createAppointments(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table scheduling.appointment (
      organization_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      resource_id uuid not null,
      fhir_id text not null,
      version_id text,
      patient_reference text not null,
      patient_id uuid,
      present boolean not null default true,
      status text not null,
      participant_status text not null,
      class text not null,
      starts_at timestamptz not null,
      ends_at timestamptz,
      time_zone text not null,
      mode text not null,
      place_reference text,
      practitioner_reference text,
      group_visit boolean not null default false,
      visit_version int not null default 1,
      fenced_version int not null default 1,
      confirmed_at timestamptz,
      confirmed_version int,
      cancel_asked_at timestamptz,
      cancel_asked_version int,
      plan_at timestamptz,
      plan_attempts int not null default 0,
      created_at timestamptz not null default platform.now(),
      version int not null default 1,
      constraint pk_appointment primary key (organization_id, id),
      constraint ck_appointment_class check (class in ('booked', 'pending', 'not-live')),
      constraint ck_appointment_mode check (mode in ('in-person', 'virtual')),
      constraint ck_appointment_ends_at check (ends_at >= starts_at))`);
  await runner.query(`
    create unique index ux_appointment_part
      on scheduling.appointment (organization_id, resource_id, patient_reference)`);
  await runner.query(
    `create index ix_appointment_start on scheduling.appointment (organization_id, starts_at, id)`,
  );
  await runner.query(`
    create index ix_appointment_patient on scheduling.appointment (organization_id, patient_id, starts_at, id)`);
  await runner.query(`
    create index ix_appointment_plan on scheduling.appointment (organization_id, plan_at) where plan_at is not null`);
  await protect(runner, 'scheduling.appointment', ['select', 'insert', 'update']);
}

async function createSteps(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table scheduling.step (
      organization_id uuid not null,
      id uuid not null,
      appointment_id uuid not null,
      visit_version int not null,
      rule_id uuid not null,
      state text not null default 'planned',
      reason text,
      wanted_at timestamptz not null,
      due_at timestamptz not null,
      useful_until timestamptz not null,
      attempt_at timestamptz not null,
      attempts int not null default 0,
      leased_until timestamptz,
      starts_at timestamptz not null,
      time_zone text not null,
      place_reference text,
      message_id uuid,
      created_at timestamptz not null default platform.now(),
      ended_at timestamptz,
      version int not null default 1,
      constraint pk_step primary key (organization_id, id),
      constraint fk_step_appointment foreign key (organization_id, appointment_id)
        references scheduling.appointment (organization_id, id),
      constraint fk_step_rule foreign key (organization_id, rule_id)
        references scheduling.reminder_rule (organization_id, id),
      constraint ck_step_state check (state in ('planned', 'handed', 'withdrawn', 'skipped', 'expired')),
      constraint ck_step_message check ((state = 'handed') = (message_id is not null)),
      constraint ck_step_reason check (state not in ('withdrawn', 'skipped') or reason is not null),
      constraint ck_step_ended_at check ((state = 'planned') = (ended_at is null)))`);
  await runner.query(`
    create unique index ux_step_once on scheduling.step (organization_id, appointment_id, visit_version, rule_id)`);
  await runner.query(`
    create index ix_step_due on scheduling.step (organization_id, attempt_at) where state = 'planned'`);
  await protect(runner, 'scheduling.step', ['select', 'insert', 'update']);
  await runner.query(`
    create function scheduling.check_step() returns trigger language plpgsql as $$
    begin
      if old.state <> new.state and not (old.state = 'planned') then
        raise exception 'a step that is % never becomes %', old.state, new.state
          using errcode = 'check_violation', constraint = 'ck_step_transition';
      end if;
      return new;
    end $$`);
  await runner.query(`
    create trigger check_step before update of state on scheduling.step
      for each row execute function scheduling.check_step()`);
}

async function createAnswers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table scheduling.button_token (
      organization_id uuid not null,
      token_hash bytea not null,
      step_id uuid not null,
      appointment_id uuid not null,
      visit_version int not null,
      action text not null,
      patient_id uuid not null,
      address_id uuid not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      used_by uuid,
      constraint pk_button_token primary key (organization_id, token_hash),
      constraint fk_button_token_step foreign key (organization_id, step_id)
        references scheduling.step (organization_id, id),
      constraint ck_button_token_action check (action in ('confirm', 'cancel')),
      constraint ck_button_token_used check ((used_at is null) = (used_by is null)))`);
  await runner.query(`
    create table scheduling.action (
      organization_id uuid not null,
      id uuid not null,
      appointment_id uuid not null,
      visit_version int not null,
      kind text not null,
      patient_id uuid not null,
      address_id uuid not null,
      account_id uuid,
      received_id uuid not null,
      state text not null default 'asked',
      reason text,
      attempts int not null default 0,
      attempt_at timestamptz not null,
      leased_until timestamptz,
      asked_at timestamptz not null,
      ended_at timestamptz,
      work_item_id uuid,
      version int not null default 1,
      constraint pk_action primary key (organization_id, id),
      constraint fk_action_appointment foreign key (organization_id, appointment_id)
        references scheduling.appointment (organization_id, id),
      constraint ck_action_kind check (kind in ('confirm', 'cancel')),
      constraint ck_action_state check (state in ('asked', 'written', 'passed', 'overtaken')),
      constraint ck_action_ended_at check ((state = 'asked') = (ended_at is null)),
      constraint ck_action_passed check (state <> 'passed' or work_item_id is not null))`);
  await runner.query(
    `create unique index ux_action_received on scheduling.action (organization_id, received_id)`,
  );
  await runner.query(`
    create index ix_action_appointment on scheduling.action (organization_id, appointment_id, asked_at)`);
  await runner.query(`
    create index ix_action_due on scheduling.action (organization_id, attempt_at) where state = 'asked'`);
  await protect(runner, 'scheduling.button_token', ['select', 'insert', 'update']);
  await protect(runner, 'scheduling.action', ['select', 'insert', 'update']);
}
