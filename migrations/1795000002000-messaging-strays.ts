import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '../src/platform/database/migration-support.js';

/**
 * Until when an organization had a number that it has no more: found by others, who must not see what was said to it.
 * And all that is parked is found without looking at what is done.
 */
export class MessagingStrays1795000002000 implements MigrationInterface {
  name = 'MessagingStrays1795000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table messaging.number_departure (
        phone_number_id text not null,
        organization_id uuid not null,
        left_at timestamptz not null,
        constraint pk_number_departure primary key (phone_number_id, organization_id))`);
    await grant(runner, 'messaging.number_departure', ['select', 'insert', 'update']);
    await runner.query(`drop index messaging.ix_inbox_number`);
    await runner.query(
      `create index ix_inbox_parked on messaging.inbox (organization_id, number_id) where state = 'parked'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index messaging.ix_inbox_parked`);
    await runner.query(
      `create index ix_inbox_number on messaging.inbox (organization_id, number_id)
        where state = 'parked' and number_id is not null`,
    );
    await runner.query(`drop table messaging.number_departure`);
  }
}
