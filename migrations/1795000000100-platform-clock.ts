import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, grant } from '../src/platform/database/migration-support.js';

/** The product's clock: the database's own, plus an offset that only a sandbox may change. */
export class PlatformClock1795000000100 implements MigrationInterface {
  name = 'PlatformClock1795000000100';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'platform');
    await runner.query(`
      create table platform.clock (
        only_row boolean primary key default true constraint ck_clock_one_row check (only_row),
        ahead interval not null default '0')`);
    await runner.query(`insert into platform.clock default values`);
    await grant(runner, 'platform.clock', ['select']);
    // Milliseconds, because that is what a cursor and JSON carry.
    // STABLE, so that a comparison with it may use an index; VOLATILE would scan (measured over 300,000 rows).
    await runner.query(`
      create function platform.now() returns timestamptz language sql stable parallel safe
      as $$ select date_trunc('milliseconds', clock_timestamp() + (select ahead from platform.clock)) $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'platform');
  }
}
