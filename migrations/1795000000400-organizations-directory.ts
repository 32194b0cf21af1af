import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, grant, protect } from '../src/platform/database/migration-support.js';

/** Hospitals, their facilities, and the directory that finds one by its slug. */
export class OrganizationsDirectory1795000000400 implements MigrationInterface {
  name = 'OrganizationsDirectory1795000000400';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'organizations');
    await runner.query(`
      create table organizations.directory (
        organization_id uuid not null constraint pk_directory primary key,
        slug text not null)`);
    await runner.query(`create unique index ux_directory_slug on organizations.directory (slug)`);
    await grant(runner, 'organizations.directory', ['select', 'insert']);
    await runner.query(`
      create table organizations.organization (
        organization_id uuid not null constraint pk_organization primary key,
        slug text not null,
        name text not null,
        time_zone text not null,
        country text not null,
        languages text[] not null constraint ck_organization_languages check (cardinality(languages) > 0),
        version int not null default 1)`);
    await protect(runner, 'organizations.organization', ['select', 'insert', 'update']);
    await runner.query(`
      create table organizations.facility (
        organization_id uuid not null,
        id uuid not null,
        name text not null,
        time_zone text not null,
        location text not null default '',
        constraint pk_facility primary key (organization_id, id))`);
    await runner.query(
      `create unique index ux_facility_location on organizations.facility (organization_id, location)`,
    );
    await protect(runner, 'organizations.facility', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'organizations');
  }
}
