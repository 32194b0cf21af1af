import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** What waits for a person. */
export class WorklistItems1795000000500 implements MigrationInterface {
  name = 'WorklistItems1795000000500';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'worklist');
    await runner.query(`
      create table worklist.work_item (
        organization_id uuid not null,
        id uuid not null,
        kind text not null,
        reason text not null,
        key text not null,
        subject_kind text not null,
        subject_id uuid not null,
        patient_id uuid,
        state text not null default 'open' constraint ck_work_item_state check (state in ('open', 'resolved')),
        owner text,
        due_at timestamptz not null,
        raised_at timestamptz not null,
        resolved_at timestamptz,
        resolution text,
        version int not null default 1,
        constraint ck_work_item_resolved check ((state = 'resolved') = (resolved_at is not null)),
        constraint pk_work_item primary key (organization_id, id))`);
    await runner.query(
      `create unique index ux_work_item_open_key on worklist.work_item (organization_id, key) where state = 'open'`,
    );
    await runner.query(
      `create index ix_work_item_list on worklist.work_item (organization_id, state, due_at, id)`,
    );
    await protect(runner, 'worklist.work_item', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'worklist');
  }
}
