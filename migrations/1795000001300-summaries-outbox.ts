import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** One row per closed conversation: the sealed summary and where its write-back stands. */
export class SummariesOutbox1795000001300 implements MigrationInterface {
  name = 'SummariesOutbox1795000001300';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'summaries');
    await runner.query(`
      create table summaries.summary (
        organization_id uuid not null,
        id uuid not null,
        conversation_id uuid not null,
        patient_id uuid,
        state text not null constraint ck_summary_state check (
          state in ('held', 'composed', 'writing', 'unknown', 'written', 'kept', 'refused', 'dead')),
        about text[] not null default '{}',
        message_count int not null default 0,
        last_message_at timestamptz,
        record_sealed bytea,
        carrier text constraint ck_summary_carrier check (carrier in ('B', 'C', 'D', 'F')),
        attempts int not null default 0,
        due_at timestamptz,
        lease_until timestamptz,
        connection_id uuid,
        fhir_id text,
        version_id text,
        reason text,
        composed_at timestamptz not null,
        written_at timestamptz,
        version int not null default 1,
        constraint pk_summary primary key (organization_id, id),
        constraint ck_summary_written check (
          state <> 'written' or (fhir_id is not null and connection_id is not null and written_at is not null)))`);
    await runner.query(
      `create unique index ux_summary_conversation on summaries.summary (organization_id, conversation_id)`,
    );
    await runner.query(
      `create index ix_summary_patient on summaries.summary (organization_id, patient_id, id)`,
    );
    await runner.query(`
      create index ix_summary_due on summaries.summary (organization_id, due_at)
        where state in ('composed', 'unknown')`);
    await runner.query(`
      create index ix_summary_lease on summaries.summary (organization_id, lease_until) where state = 'writing'`);
    await protect(runner, 'summaries.summary', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'summaries');
  }
}
