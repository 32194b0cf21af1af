import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who agreed: the patient, or somebody who speaks for the patient. */
export class ConsentProxies1795000003530 implements MigrationInterface {
  name = 'ConsentProxies1795000003530';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table consent.consent
        add column given_by text not null default 'patient',
        add constraint ck_consent_given_by check (given_by in ('patient', 'proxy'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table consent.consent drop column given_by`);
  }
}
