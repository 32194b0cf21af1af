import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the hospital's country says of ages. */
export class OrganizationsAges1795000003500 implements MigrationInterface {
  name = 'OrganizationsAges1795000003500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table organizations.organization
        add column majority_age int not null default 18,
        add column confidential_from int,
        add constraint ck_organization_majority_age check (majority_age between 1 and 30),
        add constraint ck_organization_confidential_from
          check (confidential_from between 1 and majority_age)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table organizations.organization drop column majority_age, drop column confidential_from`,
    );
  }
}
