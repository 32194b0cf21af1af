import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the EHR said a deny: what was not read again lifts nothing. A deny of before counts as a Consent's. */
export class ConsentDenySources1795000004260 implements MigrationInterface {
  name = 'ConsentDenySources1795000004260';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table consent.ehr_deny
        add column source text not null default 'consent'
          constraint ck_ehr_deny_source check (source in ('consent', 'contact-flag')),
        drop constraint pk_ehr_deny,
        add constraint pk_ehr_deny primary key (organization_id, patient_id, purpose, source)`);
    await runner.query('alter table consent.ehr_deny alter column source drop default');
  }

  async down(runner: QueryRunner): Promise<void> {
    // Of no hospital is the owner, who otherwise sees no row.
    await runner.query('alter table consent.ehr_deny no force row level security');
    await runner.query(`
      delete from consent.ehr_deny d where source = 'contact-flag' and exists (
        select 1 from consent.ehr_deny other
         where other.organization_id = d.organization_id and other.patient_id = d.patient_id
           and other.purpose = d.purpose and other.source = 'consent')`);
    await runner.query('alter table consent.ehr_deny force row level security');
    await runner.query(`
      alter table consent.ehr_deny
        drop constraint pk_ehr_deny,
        drop column source,
        add constraint pk_ehr_deny primary key (organization_id, patient_id, purpose)`);
  }
}
