import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RUNTIME_ROLE } from '../src/platform/database/migration-support.js';

/** An erased patient stays known as erased, whatever the EHR goes on to say. */
export class PatientsErasure1795000003620 implements MigrationInterface {
  name = 'PatientsErasure1795000003620';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table patients.patient add column erased_at timestamptz`);
    await runner.query(`grant delete on patients.link, patients.address, patients.proxy to ${RUNTIME_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `revoke delete on patients.link, patients.address, patients.proxy from ${RUNTIME_ROLE}`,
    );
    await runner.query(`alter table patients.patient drop column erased_at`);
  }
}
