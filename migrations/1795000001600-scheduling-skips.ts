import type { MigrationInterface, QueryRunner } from 'typeorm';

const SKIPPED = `state in ('withdrawn', 'skipped', 'expired') or undelivered is not null`;

/** Which reminders did not reach their patient, found without looking at those that did. */
export class SchedulingSkips1795000001600 implements MigrationInterface {
  name = 'SchedulingSkips1795000001600';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table scheduling.step
        add column undelivered text,
        add column undelivered_reason text,
        add column missed_at timestamptz,
        add constraint ck_step_undelivered check (
          undelivered is null or (state = 'handed' and undelivered in ('refused', 'expired', 'failed', 'parked')))`);
    await runner.query(`
      create index ix_step_skipped on scheduling.step (organization_id, due_at, id) where ${SKIPPED}`);
    await runner.query(`
      create index ix_step_missed on scheduling.step (organization_id, missed_at) where missed_at is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index scheduling.ix_step_skipped, scheduling.ix_step_missed`);
    await runner.query(`
      alter table scheduling.step drop column undelivered, drop column undelivered_reason, drop column missed_at`);
  }
}
