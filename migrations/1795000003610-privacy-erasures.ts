import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSchema, dropSchema, protect } from '../src/platform/database/migration-support.js';

/** Wishes to be forgotten: who (by id), why, and what each holder answered. */
export class PrivacyErasures1795000003610 implements MigrationInterface {
  name = 'PrivacyErasures1795000003610';

  async up(runner: QueryRunner): Promise<void> {
    await createSchema(runner, 'privacy');
    await runner.query(`
      create table privacy.erasure (
        organization_id uuid not null,
        id uuid not null,
        subject_kind text not null constraint ck_erasure_subject_kind check (subject_kind in ('patient', 'contact')),
        subject_id uuid not null,
        subjects jsonb not null,
        reason text not null,
        requested_by text not null,
        state text not null default 'requested'
          constraint ck_erasure_state check (state in ('requested', 'running', 'completed', 'blocked')),
        answers jsonb not null default '[]',
        failures int not null default 0,
        due_at timestamptz not null,
        blocked_reason text,
        requested_at timestamptz not null,
        completed_at timestamptz,
        version int not null default 1,
        constraint ck_erasure_completed check ((state = 'completed') = (completed_at is not null)),
        constraint ck_erasure_blocked check ((state = 'blocked') = (blocked_reason is not null)),
        constraint pk_erasure primary key (organization_id, id))`);
    await runner.query(`
      create unique index ux_erasure_open on privacy.erasure (organization_id, subject_kind, subject_id)
        where state <> 'completed'`);
    await runner.query(`
      create index ix_erasure_due on privacy.erasure (organization_id, due_at) where state in ('requested', 'running')`);
    await protect(runner, 'privacy.erasure', ['select', 'insert', 'update']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropSchema(runner, 'privacy');
  }
}
