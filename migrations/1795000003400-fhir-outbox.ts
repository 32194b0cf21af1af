import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One outbox for all that is created in an EHR, what an EHR taught us about it, and a nightly count of copies. */
export class FhirOutbox1795000003400 implements MigrationInterface {
  name = 'FhirOutbox1795000003400';

  async up(runner: QueryRunner): Promise<void> {
    await states(runner, `'pending', 'sending', 'sent', 'unknown', 'refused', 'dead', 'withdrawn'`);
    await runner.query(`
      alter table fhir.write
        add column subject text,
        add column recipient text,
        add column told_at timestamptz,
        add column extra int not null default 0`);
    await runner.query(`
      create index ix_write_sent on fhir.write (organization_id, connection_id, settled_at) where state = 'sent'`);
    await runner.query(`
      alter table fhir.connection
        add column learnt_carrier text constraint ck_connection_learnt_carrier
          check (learnt_carrier in ('B', 'C', 'D', 'F'))`);
    await runner.query(`alter table fhir.sync add column copies_counted_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.sync drop column copies_counted_at`);
    await runner.query(`alter table fhir.connection drop column learnt_carrier`);
    await runner.query(`drop index fhir.ix_write_sent`);
    await runner.query(`
      alter table fhir.write
        drop column subject, drop column recipient, drop column told_at, drop column extra`);
    await states(runner, `'pending', 'sending', 'sent', 'unknown', 'refused'`);
  }
}

async function states(runner: QueryRunner, list: string): Promise<void> {
  await runner.query(`
    alter table fhir.write drop constraint ck_write_state, add constraint ck_write_state check (state in (${list}))`);
}
