import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A summary may be corrected by another one, and taken back. */
export class SummariesCorrections1795000003410 implements MigrationInterface {
  name = 'SummariesCorrections1795000003410';

  async up(runner: QueryRunner): Promise<void> {
    await states(
      runner,
      `'held', 'composed', 'writing', 'unknown', 'written', 'kept', 'refused', 'dead', 'retracting', 'retracted'`,
    );
    await runner.query(`
      alter table summaries.summary
        add column corrects_id uuid,
        add column author text,
        add column retract_reason text,
        add constraint ck_summary_retraction check (
          (state in ('retracting', 'retracted')) <= (retract_reason is not null))`);
    await runner.query(`drop index summaries.ux_summary_conversation`);
    await runner.query(`
      create unique index ux_summary_conversation on summaries.summary (organization_id, conversation_id)
        where corrects_id is null`);
    await runner.query(`
      create index ix_summary_corrects on summaries.summary (organization_id, corrects_id)
        where corrects_id is not null`);
    await due(runner, `'composed', 'unknown', 'retracting'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await due(runner, `'composed', 'unknown'`);
    await runner.query(`drop index summaries.ix_summary_corrects`);
    await runner.query(`drop index summaries.ux_summary_conversation`);
    await runner.query(
      `create unique index ux_summary_conversation on summaries.summary (organization_id, conversation_id)`,
    );
    await runner.query(`
      alter table summaries.summary
        drop constraint ck_summary_retraction,
        drop column corrects_id, drop column author, drop column retract_reason`);
    await states(runner, `'held', 'composed', 'writing', 'unknown', 'written', 'kept', 'refused', 'dead'`);
  }
}

async function states(runner: QueryRunner, list: string): Promise<void> {
  await runner.query(`
    alter table summaries.summary
      drop constraint ck_summary_state, add constraint ck_summary_state check (state in (${list}))`);
}

async function due(runner: QueryRunner, list: string): Promise<void> {
  await runner.query(`drop index summaries.ix_summary_due`);
  await runner.query(`
    create index ix_summary_due on summaries.summary (organization_id, due_at) where state in (${list})`);
}
