import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks for a number that nobody has yet are kept with its id, and early statuses are found by their age. */
export class MessagingInbox1795000001700 implements MigrationInterface {
  name = 'MessagingInbox1795000001700';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table messaging.inbox add column number_id text`);
    await runner.query(
      `create index ix_inbox_number on messaging.inbox (organization_id, number_id)
        where state = 'parked' and number_id is not null`,
    );
    await runner.query(
      `create index ix_early_status_seen on messaging.early_status (organization_id, seen_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index messaging.ix_early_status_seen`);
    await runner.query(`drop index messaging.ix_inbox_number`);
    await runner.query(`alter table messaging.inbox drop column number_id`);
  }
}
