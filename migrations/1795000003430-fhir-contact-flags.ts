import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which marks on a Patient mean, in one EHR, that the patient is not to be written to. */
export class FhirContactFlags1795000003430 implements MigrationInterface {
  name = 'FhirContactFlags1795000003430';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.connection add column contact_flags jsonb not null default '[]'`);
    // The default was for the rows of before: the product says it each time.
    await runner.query(`alter table fhir.connection alter column contact_flags drop default`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.connection drop column contact_flags`);
  }
}
