import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** Records of one person that the EHR has joined, kept beside the records themselves, so that a merge can be undone. */
export class PatientsMerges1795000003600 implements MigrationInterface {
  name = 'PatientsMerges1795000003600';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table patients.alias (
        organization_id uuid not null,
        id uuid not null,
        connection_id uuid not null,
        merged_fhir_id text not null,
        survivor_fhir_id text not null,
        state text not null
          constraint ck_alias_state check (state in ('active', 'waiting', 'loop', 'too-long', 'ended')),
        since timestamptz not null,
        ended_at timestamptz,
        confirmed_at timestamptz,
        version int not null default 1,
        constraint ck_alias_ended check ((state = 'ended') = (ended_at is not null)),
        constraint ck_alias_two check (merged_fhir_id <> survivor_fhir_id),
        constraint pk_alias primary key (organization_id, id))`);
    await runner.query(`
      create unique index ux_alias_merged on patients.alias (organization_id, connection_id, merged_fhir_id)
        where state <> 'ended'`);
    await runner.query(`
      create index ix_alias_survivor on patients.alias (organization_id, connection_id, survivor_fhir_id)
        where state <> 'ended'`);
    await protect(runner, 'patients.alias', ['select', 'insert', 'update']);
    await runner.query(`alter table patients.patient add column survivor_id uuid`);
    await runner.query(`
      create index ix_patient_survivor on patients.patient (organization_id, survivor_id)
        where survivor_id is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index patients.ix_patient_survivor`);
    await runner.query(`alter table patients.patient drop column survivor_id`);
    await runner.query(`drop table patients.alias`);
  }
}
