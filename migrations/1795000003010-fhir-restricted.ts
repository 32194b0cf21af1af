import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records that the EHR keeps behind break-the-glass: they are left alone. */
export class FhirRestricted1795000003010 implements MigrationInterface {
  name = 'FhirRestricted1795000003010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.resource add column restricted_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.resource drop column restricted_at');
  }
}
