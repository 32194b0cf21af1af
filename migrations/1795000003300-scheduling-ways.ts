import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protect } from '../src/platform/database/migration-support.js';

/**
 * A visit may name no place but a service, a role or a slot that leads to one. What a visit's zone was worked out from
 * stands beside it, so that it is worked out anew when a place's zone changes; rows of before get it when they are next read.
 */
export class SchedulingWays1795000003300 implements MigrationInterface {
  name = 'SchedulingWays1795000003300';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table scheduling.way (
        organization_id uuid not null,
        connection_id uuid not null,
        reference text not null,
        locations text[] not null default '{}',
        practitioner text,
        read_at timestamptz,
        look_at timestamptz not null,
        constraint pk_way primary key (organization_id, connection_id, reference))`);
    await runner.query(`create index ix_way_look on scheduling.way (organization_id, look_at)`);
    await protect(runner, 'scheduling.way', ['select', 'insert', 'update', 'delete']);
    await runner.query(`alter table scheduling.appointment add column zone_from text not null default ''`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table scheduling.appointment drop column zone_from`);
    await runner.query(`drop table scheduling.way`);
  }
}
