import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A send without an answer may go once more, with a witness; the witness is found by number and time. */
export class MessagingResends1795000001800 implements MigrationInterface {
  name = 'MessagingResends1795000001800';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table messaging.message
        add column resends int not null default 0 constraint ck_message_resends check (resends in (0, 1))`);
    await runner.query(
      `create index ix_attempt_account on messaging.attempt (organization_id, account_id, began_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index messaging.ix_attempt_account`);
    await runner.query(`alter table messaging.message drop column resends`);
  }
}
