import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

const METHOD = `check (method in ('paper', 'web', 'verbal', 'whatsapp'))`;
const STATUS = `check (status in ('active', 'inactive'))`;

/** How each consent stands, and beside it every version that it ever had. */
export class ConsentLedger1795000000900 implements MigrationInterface {
  name = 'ConsentLedger1795000000900';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'consent');
    await consents(runner);
    await changes(runner);
    await withdrawals(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'consent');
  }
}

async function consents(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table consent.consent (
      organization_id uuid not null,
      id uuid not null,
      patient_id uuid not null,
      address_id uuid not null,
      purpose text not null constraint ck_consent_purpose check (
        purpose in ('appointment-reminders', 'care-conversation', 'education', 'surveys', 'monitoring')),
      status text not null constraint ck_consent_status ${STATUS},
      method text not null constraint ck_consent_method ${METHOD},
      wording_version text not null,
      recorded_at timestamptz not null,
      version int not null default 1,
      constraint pk_consent primary key (organization_id, id))`);
  await runner.query(
    `create unique index ux_consent_subject on consent.consent (organization_id, address_id, patient_id, purpose)`,
  );
  await runner.query(`create index ix_consent_patient on consent.consent (organization_id, patient_id)`);
  await protect(runner, 'consent.consent', ['select', 'insert', 'update']);
}

/** The product may read and add, never change or remove: the history is evidence. */
async function changes(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table consent.change (
      organization_id uuid not null,
      id uuid not null,
      consent_id uuid not null,
      version int not null,
      status text not null constraint ck_change_status ${STATUS},
      method text not null constraint ck_change_method ${METHOD},
      wording_version text not null,
      recorded_at timestamptz not null,
      changed_at timestamptz not null,
      actor text not null,
      withdrawal_id uuid,
      evidence_sealed bytea,
      other_channel_sealed bytea,
      constraint pk_change primary key (organization_id, id),
      constraint fk_change_consent foreign key (organization_id, consent_id)
        references consent.consent (organization_id, id))`);
  await runner.query(
    `create unique index ux_change_version on consent.change (organization_id, consent_id, version)`,
  );
  await protect(runner, 'consent.change', ['select', 'insert']);
}

async function withdrawals(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table consent.withdrawal (
      organization_id uuid not null,
      id uuid not null,
      address_id uuid not null,
      consent_id uuid,
      method text not null constraint ck_withdrawal_method ${METHOD},
      recorded_at timestamptz not null,
      evidence_sealed bytea,
      constraint pk_withdrawal primary key (organization_id, id))`);
  await runner.query(
    `create index ix_withdrawal_address on consent.withdrawal (organization_id, address_id, recorded_at)`,
  );
  await protect(runner, 'consent.withdrawal', ['select', 'insert']);
}
