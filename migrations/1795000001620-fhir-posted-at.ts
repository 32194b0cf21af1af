import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a create was last sent: a search that shows none soon after proves nothing. */
export class FhirPostedAt1795000001620 implements MigrationInterface {
  name = 'FhirPostedAt1795000001620';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.write add column posted_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.write drop column posted_at`);
  }
}
