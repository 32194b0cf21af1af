import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** Who is written to for whom: guardians of minors, shared numbers, periods of numbers, WhatsApp's own ids. */
export class PatientsContacts1795000003520 implements MigrationInterface {
  name = 'PatientsContacts1795000003520';

  async up(runner: QueryRunner): Promise<void> {
    await extendPatient(runner);
    await runner.query(`
      alter table patients.link
        add column begins_at timestamptz,
        add column ends_at timestamptz,
        add column confirmed boolean not null default true`);
    await runner.query(`
      alter table patients.address
        add column wa_id_sealed bytea,
        add column wa_id_length int,
        add constraint ck_address_wa_id check ((wa_id_sealed is null) = (wa_id_length is null))`);
    await createProxy(runner);
    await createProxyAddress(runner);
    await lookAtMinors(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table patients.proxy_address, patients.proxy`);
    await runner.query(`alter table patients.address drop column wa_id_sealed, drop column wa_id_length`);
    await runner.query(
      `alter table patients.link drop column begins_at, drop column ends_at, drop column confirmed`,
    );
    await runner.query(`
      alter table patients.patient
        drop constraint ck_patient_majority_check,
        drop column by_proxy, drop column by_proxy_next, drop column proxies_due_at, drop column contact_review`);
    // Row security binds the owner too, and this is about every hospital.
    await runner.query(`alter table patients.patient no force row level security`);
    await runner.query(`update patients.patient set majority_check_at = null where not minor`);
    await runner.query(`alter table patients.patient force row level security`);
    await runner.query(`
      alter table patients.patient
        add constraint ck_patient_majority_check check (minor = (majority_check_at is not null))`);
    await runner.query(`drop index patients.ix_patient_majority`);
    await runner.query(
      `create index ix_patient_majority on patients.patient (organization_id, majority_check_at) where minor`,
    );
  }
}

async function extendPatient(runner: QueryRunner): Promise<void> {
  await runner.query(`
    alter table patients.patient
      add column by_proxy boolean not null default false,
      add column by_proxy_next boolean not null default false,
      add column proxies_due_at timestamptz,
      add column contact_review text,
      drop constraint ck_patient_majority_check,
      add constraint ck_patient_majority_check check (not minor or majority_check_at is not null)`);
  await runner.query(`drop index patients.ix_patient_majority`);
  await runner.query(
    `create index ix_patient_majority on patients.patient (organization_id, majority_check_at)
      where majority_check_at is not null`,
  );
  await runner.query(
    `create index ix_patient_proxies on patients.patient (organization_id, proxies_due_at)
      where proxies_due_at is not null`,
  );
}

async function createProxy(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table patients.proxy (
      organization_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      fhir_id text not null,
      patient_fhir_id text not null,
      code text,
      active boolean not null,
      begins_at timestamptz,
      ends_at timestamptz,
      contact_fault text,
      version int not null default 1,
      constraint pk_proxy primary key (organization_id, id))`);
  await runner.query(
    `create index ix_proxy_patient on patients.proxy (organization_id, connection_id, patient_fhir_id)`,
  );
  await protect(runner, 'patients.proxy', ['select', 'insert', 'update']);
}

async function createProxyAddress(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table patients.proxy_address (
      organization_id uuid not null,
      proxy_id uuid not null,
      address_id uuid not null,
      rank int not null,
      begins_at timestamptz,
      ends_at timestamptz,
      constraint pk_proxy_address primary key (organization_id, proxy_id, address_id),
      constraint fk_proxy_address_proxy foreign key (organization_id, proxy_id)
        references patients.proxy (organization_id, id),
      constraint fk_proxy_address_address foreign key (organization_id, address_id)
        references patients.address (organization_id, id))`);
  await runner.query(
    `create index ix_proxy_address_address on patients.proxy_address (organization_id, address_id)`,
  );
  await protect(runner, 'patients.proxy_address', ['select', 'insert', 'delete']);
}

/** Whether a guardian speaks for them is not known yet of those who are there already: hospital by hospital. */
async function lookAtMinors(runner: QueryRunner): Promise<void> {
  const hospitals: { organization_id: string }[] = await runner.query(
    `select organization_id from organizations.directory`,
  );
  for (const { organization_id: id } of hospitals) {
    await runner.query(`select set_config('app.organization_id', $1, true)`, [id]);
    const [{ minors }] = await runner.query(
      `select count(*)::int as minors from patients.patient where minor`,
    );
    const [, touched] = await runner.query(
      `update patients.patient set majority_check_at = platform.now() where minor`,
    );
    if (touched !== minors) throw new Error(`${minors} minors, ${touched} marked`);
  }
  await runner.query(`select set_config('app.organization_id', '', true)`);
}
