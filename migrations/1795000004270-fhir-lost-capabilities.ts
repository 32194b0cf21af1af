import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an EHR could do before it could do less: until it can again, staff are told. */
export class FhirLostCapabilities1795000004270 implements MigrationInterface {
  name = 'FhirLostCapabilities1795000004270';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.connection add column lost jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.connection drop column lost');
  }
}
