import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** Resources that an EHR does not offer to take, sealed under their patients' keys until it has them. */
export class FhirKept1795000004150 implements MigrationInterface {
  name = 'FhirKept1795000004150';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table fhir.kept (
        organization_id uuid not null,
        id uuid not null,
        connection_id uuid not null,
        patient_id uuid not null,
        type text not null
          constraint ck_kept_type check (type in ('DocumentReference', 'Observation', 'QuestionnaireResponse')),
        identifier_system text not null,
        identifier_value text not null,
        sealed bytea,
        state text not null default 'kept'
          constraint ck_kept_state check (state in ('kept', 'written', 'refused', 'stopped')),
        kept_at timestamptz not null,
        due_at timestamptz,
        fhir_id text,
        written_at timestamptz,
        fault_code text,
        constraint ck_kept_written
          check ((state = 'written') = (fhir_id is not null) and (state = 'written') = (sealed is null)),
        constraint pk_kept primary key (organization_id, id),
        constraint fk_kept_connection foreign key (organization_id, connection_id)
          references fhir.connection (organization_id, id))`);
    await runner.query(`create index ix_kept_patient on fhir.kept (organization_id, patient_id, id)`);
    await runner.query(
      `create index ix_kept_due on fhir.kept (organization_id, due_at) where state = 'kept'`,
    );
    await runner.query(`
      create unique index ux_kept_identifier
        on fhir.kept (organization_id, connection_id, type, identifier_system, identifier_value)`);
    await protect(runner, 'fhir.kept', ['select', 'insert', 'update', 'delete']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table fhir.kept`);
  }
}
