import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** What the EHR says against messages to a patient, and when it was last asked. */
export class ConsentEhrDenies1795000003420 implements MigrationInterface {
  name = 'ConsentEhrDenies1795000003420';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table consent.ehr_deny (
        organization_id uuid not null,
        patient_id uuid not null,
        purpose text not null constraint ck_ehr_deny_purpose check (
          purpose in ('appointment-reminders', 'care-conversation', 'education', 'surveys', 'monitoring')),
        since timestamptz not null,
        constraint pk_ehr_deny primary key (organization_id, patient_id, purpose))`);
    await protect(runner, 'consent.ehr_deny', ['select', 'insert', 'delete']);
    await runner.query(`
      create table consent.ehr_check (
        organization_id uuid not null,
        patient_id uuid not null,
        checked_at timestamptz,
        due_at timestamptz,
        constraint pk_ehr_check primary key (organization_id, patient_id))`);
    await runner.query(`create index ix_ehr_check_due on consent.ehr_check (organization_id, due_at)`);
    await protect(runner, 'consent.ehr_check', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table consent.ehr_check');
    await runner.query('drop table consent.ehr_deny');
  }
}
