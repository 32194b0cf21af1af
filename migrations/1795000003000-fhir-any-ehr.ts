import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a hospital says of an EHR that is narrower than a FHIR server: how to scan it, who signs, what it takes. */
export class FhirAnyEhr1795000003000 implements MigrationInterface {
  name = 'FhirAnyEhr1795000003000';

  async up(runner: QueryRunner): Promise<void> {
    await check(
      runner,
      'ck_connection_auth_type',
      `auth_type in ('none', 'basic', 'bearer', 'smart-backend')`,
    );
    await check(
      runner,
      'ck_connection_sync_strategy',
      `sync_strategy in ('auto', 'last-updated', 'window-scan', 'notify-then-read')`,
    );
    await check(
      runner,
      'ck_connection_appointment_write',
      `appointment_write in ('auto', 'L0', 'L1', 'L2', 'L3')`,
    );
    await runner.query(`
      alter table fhir.connection
        add column alternate_base_urls text[] not null default '{}',
        add column scan_by text not null default 'auto' constraint ck_connection_scan_by
          check (scan_by in ('auto', 'date', 'location', 'practitioner', 'patient', 'known')),
        add column practitioners text[] not null default '{}',
        add column quiet_hours jsonb,
        add column escrow_key jsonb,
        add column summary_sender text,
        add column summary_recipients text[] not null default '{}',
        add column summary_label text constraint ck_connection_summary_label check (summary_label in ('N', 'R', 'V'))`);
    // The defaults were for the rows of before: the product says each of them.
    await runner.query(`
      alter table fhir.connection
        alter column alternate_base_urls drop default,
        alter column scan_by drop default,
        alter column practitioners drop default,
        alter column summary_recipients drop default`);
    // What was found before lacks the new answers: it is asked anew.
    await runner.query(`alter table fhir.connection drop column capabilities, add column capabilities jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fhir.connection
        drop column alternate_base_urls, drop column scan_by, drop column practitioners, drop column quiet_hours,
        drop column escrow_key, drop column summary_sender, drop column summary_recipients, drop column summary_label`);
    await check(runner, 'ck_connection_auth_type', `auth_type in ('none', 'basic', 'bearer')`);
    await check(
      runner,
      'ck_connection_sync_strategy',
      `sync_strategy in ('auto', 'last-updated', 'window-scan')`,
    );
    await check(runner, 'ck_connection_appointment_write', `appointment_write in ('auto', 'L0', 'L1', 'L2')`);
  }
}

async function check(runner: QueryRunner, name: string, condition: string): Promise<void> {
  await runner.query(
    `alter table fhir.connection drop constraint ${name}, add constraint ${name} check (${condition})`,
  );
}
