import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** Who is on the care teams of a patient, as the EHR last said it, sealed under the patient's key. */
export class PatientsCareTeams1795000004160 implements MigrationInterface {
  name = 'PatientsCareTeams1795000004160';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table patients.care_teams (
        organization_id uuid not null,
        patient_id uuid not null,
        asked_at timestamptz not null,
        sealed bytea,
        constraint pk_care_teams primary key (organization_id, patient_id))`);
    await protect(runner, 'patients.care_teams', ['select', 'insert', 'update', 'delete']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table patients.care_teams`);
  }
}
