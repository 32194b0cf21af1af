import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Copies that an EHR did not keep as they were given are looked for every night, and they are few. */
export class FhirSpoiltCopies1795000004200 implements MigrationInterface {
  name = 'FhirSpoiltCopies1795000004200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index ix_write_spoilt on fhir.write (organization_id, connection_id) where spoilt_ids <> '{}'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index fhir.ix_write_spoilt`);
  }
}
