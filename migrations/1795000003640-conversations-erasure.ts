import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RUNTIME_ROLE } from '../src/platform/database/migration-support.js';

/** A conversation may end because its patient is erased, and then its notes and outcomes go. */
export class ConversationsErasure1795000003640 implements MigrationInterface {
  name = 'ConversationsErasure1795000003640';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table conversations.conversation
        drop constraint ck_conversation_close_reason,
        add constraint ck_conversation_close_reason check (
          close_reason in ('idle', 'staff', 'other-patient', 'erased'))`);
    await runner.query(`grant delete on conversations.note, conversations.outcome to ${RUNTIME_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke delete on conversations.note, conversations.outcome from ${RUNTIME_ROLE}`);
    await runner.query(`
      alter table conversations.conversation
        drop constraint ck_conversation_close_reason,
        add constraint ck_conversation_close_reason check (close_reason in ('idle', 'staff', 'other-patient'))`);
  }
}
