import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Held summaries that are due to be looked at again, apart from those that wait for staff for months. */
export class SummariesWaiting1795000001630 implements MigrationInterface {
  name = 'SummariesWaiting1795000001630';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index ix_summary_waiting on summaries.summary (organization_id, due_at) where state = 'held'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index summaries.ix_summary_waiting`);
  }
}
