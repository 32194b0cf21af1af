import type { MigrationInterface, QueryRunner } from 'typeorm';

const SET_ASIDE = `state in ('ready', 'claimed') and reason in ('gate-failed', 'token-unreadable')`;

/** Which numbers have messages that were set aside, found without looking at the others that wait. */
export class MessagingSetAside1795000002010 implements MigrationInterface {
  name = 'MessagingSetAside1795000002010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index ix_message_set_aside on messaging.message (organization_id, account_id) where ${SET_ASIDE}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index messaging.ix_message_set_aside`);
  }
}
