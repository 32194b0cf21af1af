import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The newest epoch that a hospital's keyring ever had: nothing is wrapped under an older one any more. */
export class VaultEpochs1795000001500 implements MigrationInterface {
  name = 'VaultEpochs1795000001500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table vault.keyring
        add column epoch int not null default 1 constraint ck_keyring_epoch check (epoch > 0)`);
    await runner.query('grant update on vault.keyring to carethread_runtime');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('revoke update on vault.keyring from carethread_runtime');
    await runner.query('alter table vault.keyring drop column epoch');
  }
}
