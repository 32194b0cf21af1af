import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

const PART_OF_CONVERSATION = `foreign key (organization_id, conversation_id)
  references conversations.conversation (organization_id, id)`;

/** Who talks with whom, in which order, and what came of it. Texts stay with messaging; only notes lie here, sealed. */
export class ConversationsThreads1795000001100 implements MigrationInterface {
  name = 'ConversationsThreads1795000001100';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'conversations');
    await conversations(runner);
    await entries(runner);
    await outcomes(runner);
    await notes(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'conversations');
  }
}

async function conversations(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table conversations.conversation (
      organization_id uuid not null,
      id uuid not null,
      address_id uuid not null,
      account_id uuid not null,
      patient_id uuid,
      state text not null default 'open' constraint ck_conversation_state check (state in ('open', 'closed')),
      close_reason text constraint ck_conversation_close_reason check (
        close_reason in ('idle', 'staff', 'other-patient')),
      assignee text,
      waiting_since timestamptz,
      opened_at timestamptz not null,
      last_message_at timestamptz not null,
      idle_at timestamptz not null,
      closed_at timestamptz,
      version int not null default 1,
      constraint pk_conversation primary key (organization_id, id),
      constraint ck_conversation_closed check (
        (state = 'closed') = (closed_at is not null) and (state = 'closed') = (close_reason is not null)))`);
  await runner.query(`
    create unique index ux_conversation_open on conversations.conversation (organization_id, address_id, account_id)
      where state = 'open'`);
  await runner.query(`
    create index ix_conversation_address
      on conversations.conversation (organization_id, address_id, last_message_at)`);
  await runner.query(
    `create index ix_conversation_patient on conversations.conversation (organization_id, patient_id, id)`,
  );
  await runner.query(
    `create index ix_conversation_idle on conversations.conversation (organization_id, idle_at) where state = 'open'`,
  );
  await protect(runner, 'conversations.conversation', ['select', 'insert', 'update']);
}

async function entries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table conversations.entry (
      organization_id uuid not null,
      message_id uuid not null,
      conversation_id uuid not null,
      direction text not null constraint ck_entry_direction check (direction in ('inbound', 'outbound')),
      by text not null constraint ck_entry_by check (by in ('patient', 'automation', 'staff')),
      at timestamptz not null,
      answer_state text not null constraint ck_entry_answer_state check (answer_state in ('none', 'due', 'done')),
      answer_due_at timestamptz,
      answer_failures int not null default 0,
      constraint pk_entry primary key (organization_id, message_id),
      constraint fk_entry_conversation ${PART_OF_CONVERSATION})`);
  await runner.query(
    `create index ix_entry_conversation on conversations.entry (organization_id, conversation_id, at)`,
  );
  await runner.query(
    `create index ix_entry_due on conversations.entry (organization_id, answer_due_at) where answer_state = 'due'`,
  );
  await protect(runner, 'conversations.entry', ['select', 'insert', 'update']);
}

async function outcomes(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table conversations.outcome (
      organization_id uuid not null,
      conversation_id uuid not null,
      code text not null,
      about_id uuid not null,
      at timestamptz not null,
      constraint pk_outcome primary key (organization_id, conversation_id, code, about_id),
      constraint fk_outcome_conversation ${PART_OF_CONVERSATION})`);
  await protect(runner, 'conversations.outcome', ['select', 'insert']);
}

async function notes(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table conversations.note (
      organization_id uuid not null,
      id uuid not null,
      conversation_id uuid not null,
      patient_id uuid,
      author text not null,
      written_at timestamptz not null,
      text_sealed bytea not null,
      constraint pk_note primary key (organization_id, id),
      constraint fk_note_conversation ${PART_OF_CONVERSATION})`);
  await runner.query(
    `create index ix_note_conversation on conversations.note (organization_id, conversation_id, id)`,
  );
  await protect(runner, 'conversations.note', ['select', 'insert']);
}
