import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Figures of an item that sums up many things, such as how many by which reason. Codes and numbers only. */
export class WorklistDetail1795000001610 implements MigrationInterface {
  name = 'WorklistDetail1795000001610';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table worklist.work_item add column detail jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table worklist.work_item drop column detail`);
  }
}
