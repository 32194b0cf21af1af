import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/**
 * A scan is cut into units that are noted one by one, each part of the horizon has a rhythm of its own, and what nobody
 * needs any more is let go. Rows that no search shows are noted, instead of noting at each look that one did.
 */
export class FhirScanUnits1795000003100 implements MigrationInterface {
  name = 'FhirScanUnits1795000003100';

  async up(runner: QueryRunner): Promise<void> {
    await createScanUnit(runner);
    await runner.query(`
      alter table fhir.sync
        add column rest_due_at timestamptz not null default '-infinity',
        add column full_at timestamptz,
        add column patients_mark timestamptz,
        add column unsteady_at timestamptz,
        add column places text[] not null default '{}'`);
    // The default was for the rows of before.
    await runner.query(`alter table fhir.sync alter column rest_due_at drop default`);
    await runner.query(`
      alter table fhir.connection
        add column overlap_seconds int not null default 300`);
    await runner.query(`alter table fhir.connection alter column overlap_seconds drop default`);
    await runner.query(`
      alter table fhir.resource
        add column refresh_at timestamptz,
        add column let_go_at timestamptz`);
    await runner.query(`alter table fhir.resource rename column seen_at to read_at`);
    await runner.query(
      `create index ix_resource_refresh on fhir.resource (organization_id, connection_id, refresh_at)
        where refresh_at is not null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index fhir.ix_resource_refresh`);
    await runner.query(`
      alter table fhir.resource
        drop column refresh_at, drop column let_go_at`);
    await runner.query(`alter table fhir.resource rename column read_at to seen_at`);
    await runner.query(`alter table fhir.connection drop column overlap_seconds`);
    await runner.query(`
      alter table fhir.sync
        drop column rest_due_at, drop column full_at, drop column patients_mark, drop column unsteady_at, drop column places`);
    await runner.query(`drop table fhir.scan_unit`);
  }
}

async function createScanUnit(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table fhir.scan_unit (
      organization_id uuid not null,
      connection_id uuid not null,
      id uuid not null,
      band text not null constraint ck_scan_unit_band check (band in ('near', 'rest', 'all')),
      place text not null,
      from_at timestamptz not null,
      to_at timestamptz not null,
      state text not null constraint ck_scan_unit_state check (state in ('open', 'done', 'failed')),
      tries int not null default 0,
      planned_at timestamptz not null,
      began_at timestamptz,
      fault_code text,
      constraint pk_scan_unit primary key (organization_id, connection_id, id),
      constraint fk_scan_unit_connection foreign key (organization_id, connection_id)
        references fhir.connection (organization_id, id))`);
  await protect(runner, 'fhir.scan_unit', ['select', 'insert', 'update', 'delete']);
}
