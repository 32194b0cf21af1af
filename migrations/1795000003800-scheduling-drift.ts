import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/** What an EHR has beside what is planned here, per day and facility. Ids, codes, times and counts; no names. */
export class SchedulingDrift1795000003800 implements MigrationInterface {
  name = 'SchedulingDrift1795000003800';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table scheduling.drift_report (
        organization_id uuid not null,
        id uuid not null,
        connection_id uuid not null,
        night date,
        starts_from timestamptz not null,
        starts_until timestamptz not null,
        state text not null
          constraint ck_drift_report_state check (state in ('running', 'complete', 'incomplete', 'failed')),
        fault_code text,
        leased_until timestamptz,
        days jsonb,
        ehr int not null default 0,
        here int not null default 0,
        settling int not null default 0,
        differences int not null default 0,
        begun_at timestamptz not null,
        ended_at timestamptz,
        constraint ck_drift_report_ended check ((state = 'running') = (ended_at is null)),
        constraint pk_drift_report primary key (organization_id, id))`);
    await runner.query(`
      create unique index ux_drift_report_night on scheduling.drift_report (organization_id, connection_id, night)
        where night is not null`);
    await protect(runner, 'scheduling.drift_report', ['select', 'insert', 'update', 'delete']);
    await runner.query(`
      create table scheduling.drift_difference (
        organization_id uuid not null,
        report_id uuid not null,
        position int not null,
        kind text not null,
        day date not null,
        facility text,
        reference text not null,
        appointment_id uuid,
        here text,
        ehr text,
        constraint pk_drift_difference primary key (organization_id, report_id, position),
        constraint fk_drift_difference_report foreign key (organization_id, report_id)
          references scheduling.drift_report (organization_id, id) on delete cascade)`);
    await protect(runner, 'scheduling.drift_difference', ['select', 'insert', 'delete']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table scheduling.drift_difference`);
    await runner.query(`drop table scheduling.drift_report`);
  }
}
