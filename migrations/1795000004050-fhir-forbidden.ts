import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Since when the EHR refuses to show a record: staff were told, and are told no more once it does. What was behind
 * break-the-glass before has been refused since then, and is not let go of.
 */
export class FhirForbidden1795000004050 implements MigrationInterface {
  name = 'FhirForbidden1795000004050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fhir.resource add column forbidden_at timestamptz');
    // Rewritten, not updated: row security is forced on the owner too, who is of no hospital.
    await runner.query(
      `alter table fhir.resource
        alter column forbidden_at type timestamptz using restricted_at,
        alter column let_go_at type timestamptz using case when restricted_at is null then let_go_at end`,
    );
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
