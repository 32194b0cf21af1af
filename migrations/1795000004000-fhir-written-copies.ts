import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A write remembers everybody under whom it may lie in the EHR, and the copies that the EHR did not keep as they were. */
export class FhirWrittenCopies1795000004000 implements MigrationInterface {
  name = 'FhirWrittenCopies1795000004000';

  async up(runner: QueryRunner): Promise<void> {
    // A change of type rewrites the rows of all hospitals, which an update under row security would not.
    await runner.query(`
      alter table fhir.write
        alter column subject type text[] using case when subject is null then '{}' else array[subject] end`);
    await runner.query(`
      alter table fhir.write
        alter column subject set default '{}',
        alter column subject set not null`);
    await runner.query(`alter table fhir.write rename column subject to subjects`);
    await runner.query(`alter table fhir.write add column spoilt_ids text[] not null default '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.write drop column spoilt_ids`);
    await runner.query(`alter table fhir.write rename column subjects to subject`);
    await runner.query(`
      alter table fhir.write
        alter column subject drop not null,
        alter column subject drop default`);
    await runner.query(`
      alter table fhir.write alter column subject type text using subject[cardinality(subject)]`);
  }
}
