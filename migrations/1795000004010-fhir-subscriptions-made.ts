import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often an EHR was asked for a Subscription that nobody has seen since. */
export class FhirSubscriptionsMade1795000004010 implements MigrationInterface {
  name = 'FhirSubscriptionsMade1795000004010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fhir.subscription
        add column unseen int not null default 0,
        add column made_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fhir.subscription drop column unseen, drop column made_at`);
  }
}
