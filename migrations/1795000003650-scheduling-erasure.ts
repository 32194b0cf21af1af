import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RUNTIME_ROLE } from '../src/platform/database/migration-support.js';

const TABLES = 'scheduling.button_token, scheduling.action, scheduling.step, scheduling.appointment';

/** The visits of an erased patient go, with their reminders and what was asked by a tap. */
export class SchedulingErasure1795000003650 implements MigrationInterface {
  name = 'SchedulingErasure1795000003650';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`grant delete on ${TABLES} to ${RUNTIME_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke delete on ${TABLES} from ${RUNTIME_ROLE}`);
  }
}
