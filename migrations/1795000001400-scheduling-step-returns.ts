import type { MigrationInterface, QueryRunner } from 'typeorm';

const RETURN = `or (old.state = 'withdrawn' and old.reason = 'patient-cancelled' and new.state = 'planned')`;

/** A step that fell because the patient cancelled may be planned again when the patient takes that back. */
export class SchedulingStepReturns1795000001400 implements MigrationInterface {
  name = 'SchedulingStepReturns1795000001400';

  async up(runner: QueryRunner): Promise<void> {
    await allow(runner, RETURN);
  }

  async down(runner: QueryRunner): Promise<void> {
    await allow(runner, '');
  }
}

async function allow(runner: QueryRunner, besides: string): Promise<void> {
  await runner.query(`
    create or replace function scheduling.check_step() returns trigger language plpgsql as $$
    begin
      if old.state <> new.state and not (old.state = 'planned' ${besides}) then
        raise exception 'a step that is % never becomes %', old.state, new.state
          using errcode = 'check_violation', constraint = 'ck_step_transition';
      end if;
      return new;
    end $$`);
}
