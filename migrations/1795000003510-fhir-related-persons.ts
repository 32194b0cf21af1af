import type { MigrationInterface, QueryRunner } from 'typeorm';

/** RelatedPerson is followed too. */
export class FhirRelatedPersons1795000003510 implements MigrationInterface {
  name = 'FhirRelatedPersons1795000003510';

  async up(runner: QueryRunner): Promise<void> {
    await follow(runner, ['Patient', 'RelatedPerson', 'Practitioner', 'Location', 'Appointment']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await follow(runner, ['Patient', 'Practitioner', 'Location', 'Appointment']);
  }
}

async function follow(runner: QueryRunner, types: string[]): Promise<void> {
  await runner.query(`alter table fhir.resource drop constraint ck_resource_type`);
  await runner.query(
    `alter table fhir.resource add constraint ck_resource_type
       check (type in (${types.map((type) => `'${type}'`).join(', ')}))`,
  );
}
