import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when the EHR refuses to show a record: staff were told, and are told no more once it does. */
export class FhirForbidden1795000004050 implements MigrationInterface {
  name = 'FhirForbidden1795000004050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.resource add column forbidden_at timestamptz');
    await runner.query(
      `create index ix_resource_forbidden on fhir.resource (organization_id, connection_id, forbidden_at)
        where forbidden_at is not null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index fhir.ix_resource_forbidden');
    await runner.query('alter table fhir.resource drop column forbidden_at');
  }
}
