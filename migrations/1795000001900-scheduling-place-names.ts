import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An EHR has places that are somebody's house: their names are sealed. What was read before is dropped; the next page
 * of the EHR that has the place brings its name again, and until then a reminder names the facility.
 */
export class SchedulingPlaceNames1795000001900 implements MigrationInterface {
  name = 'SchedulingPlaceNames1795000001900';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table scheduling.place drop column name, add column name_sealed bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table scheduling.place drop column name_sealed, add column name text');
  }
}
