import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RUNTIME_ROLE } from '../src/platform/database/migration-support.js';

/** What shows a consent may be emptied when its patient is erased; that it was, and that it ended, stays. */
export class ConsentErasure1795000003630 implements MigrationInterface {
  name = 'ConsentErasure1795000003630';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      grant update (evidence_sealed, other_channel_sealed) on consent.change to ${RUNTIME_ROLE}`);
    await runner.query(`grant update (evidence_sealed) on consent.withdrawal to ${RUNTIME_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke update (evidence_sealed) on consent.withdrawal from ${RUNTIME_ROLE}`);
    await runner.query(`
      revoke update (evidence_sealed, other_channel_sealed) on consent.change from ${RUNTIME_ROLE}`);
  }
}
