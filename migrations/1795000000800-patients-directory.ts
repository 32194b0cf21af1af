import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** Patients of the EHR, WhatsApp addresses, and who can be reached where. */
export class PatientsDirectory1795000000800 implements MigrationInterface {
  name = 'PatientsDirectory1795000000800';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'patients');
    await createPatient(runner);
    await createAddress(runner);
    await createLink(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'patients');
  }
}

async function createPatient(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table patients.patient (
      organization_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      fhir_id text not null,
      names_sealed bytea not null,
      birth_date_sealed bytea,
      language text,
      deceased boolean not null,
      active boolean not null,
      minor boolean not null,
      majority_check_at timestamptz,
      contact_fault text,
      version int not null default 1,
      constraint ck_patient_majority_check check (minor = (majority_check_at is not null)),
      constraint pk_patient primary key (organization_id, id))`);
  await runner.query(
    `create unique index ux_patient_fhir_id on patients.patient (organization_id, connection_id, fhir_id)`,
  );
  await runner.query(
    `create index ix_patient_majority on patients.patient (organization_id, majority_check_at) where minor`,
  );
  await protect(runner, 'patients.patient', ['select', 'insert', 'update']);
}

async function createAddress(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table patients.address (
      organization_id uuid not null,
      id uuid not null,
      number_sealed bytea,
      number_index bytea,
      user_id_sealed bytea,
      user_id_index bytea,
      version int not null default 1,
      constraint ck_address_number check ((number_sealed is null) = (number_index is null)),
      constraint ck_address_user_id check ((user_id_sealed is null) = (user_id_index is null)),
      constraint ck_address_any check (number_index is not null or user_id_index is not null),
      constraint pk_address primary key (organization_id, id))`);
  await runner.query(
    `create unique index ux_address_number on patients.address (organization_id, number_index)
      where number_index is not null`,
  );
  await runner.query(
    `create unique index ux_address_user_id on patients.address (organization_id, user_id_index)
      where user_id_index is not null`,
  );
  await protect(runner, 'patients.address', ['select', 'insert', 'update']);
}

async function createLink(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table patients.link (
      organization_id uuid not null,
      patient_id uuid not null,
      address_id uuid not null,
      rank int not null,
      source text not null constraint ck_link_source check (source in ('ehr', 'staff', 'patient')),
      state text not null constraint ck_link_state check (state in ('active', 'ended')),
      changed_at timestamptz not null,
      constraint pk_link primary key (organization_id, patient_id, address_id),
      constraint fk_link_patient foreign key (organization_id, patient_id)
        references patients.patient (organization_id, id),
      constraint fk_link_address foreign key (organization_id, address_id)
        references patients.address (organization_id, id))`);
  await runner.query(
    `create index ix_link_address on patients.link (organization_id, address_id) where state = 'active'`,
  );
  await protect(runner, 'patients.link', ['select', 'insert', 'update']);
}
