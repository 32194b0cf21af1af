import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isMissed, PATIENT_CANCELLED, type StepState } from '../domain/step.states.js';
import { StepEntity } from './step.entity.js';

/** A claim is worked within this time; a worker that died gives it back so late. */
const LEASE_SECONDS = 90;

export type StepEnd =
  | { state: 'handed'; messageId: Uuid }
  | { state: 'withdrawn' | 'skipped'; reason: string }
  | { state: 'expired'; reason: string | null };

export type NewestStep = Pick<StepEntity, 'appointmentId' | 'state' | 'undelivered' | 'reason'>;

@Injectable()
export class StepsRepository {
  /** Due steps, leased to the caller by the database's own clock. */
  async claimDue(ctx: TxContext, limit: number): Promise<{ id: Uuid; appointmentId: Uuid }[]> {
    const [rows] = (await sql(
      ctx,
      `update scheduling.step set leased_until = clock_timestamp() + make_interval(secs => $3)
        where organization_id = $1 and id in (
          select id from scheduling.step
           where organization_id = $1 and state = 'planned' and attempt_at <= platform.now()
             and (leased_until is null or leased_until < clock_timestamp())
           order by attempt_at limit $2 for update skip locked)
        returning id, appointment_id as "appointmentId"`,
      [ctx.organizationId, limit, LEASE_SECONDS],
    )) as unknown as [{ id: Uuid; appointmentId: Uuid }[], number];
    return rows;
  }

  ofAppointments(ctx: TxContext, appointmentIds: readonly Uuid[]): Promise<StepEntity[]> {
    return managerOf(ctx).find(StepEntity, {
      where: { organizationId: ctx.organizationId, appointmentId: In([...appointmentIds]) },
      order: { dueAt: 'ASC', id: 'ASC' },
    });
  }

  /** Of each rule the step of the newest version of each of these visits. */
  newestOf(ctx: TxContext, appointmentIds: readonly Uuid[]): Promise<NewestStep[]> {
    return sql<NewestStep>(
      ctx,
      `select distinct on (appointment_id, rule_id) appointment_id as "appointmentId", state, undelivered,
              coalesce(undelivered_reason, reason) as reason
         from scheduling.step where organization_id = $1 and appointment_id = any($2::uuid[])
        order by appointment_id, rule_id, visit_version desc`,
      [ctx.organizationId, appointmentIds],
    );
  }

  /** Those of these steps whose visit was entered in error. */
  async inError(ctx: TxContext, ids: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select s.id from scheduling.step s
         join scheduling.appointment a on a.organization_id = $1 and a.id = s.appointment_id
        where s.organization_id = $1 and s.id = any($2::uuid[]) and a.status = 'entered-in-error'`,
      [ctx.organizationId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  get(ctx: TxContext, id: Uuid): Promise<StepEntity | null> {
    return managerOf(ctx).findOneBy(StepEntity, { organizationId: ctx.organizationId, id });
  }

  async insert(ctx: TxContext, rows: Partial<StepEntity>[]): Promise<void> {
    if (rows.length === 0) return;
    await managerOf(ctx).insert(
      StepEntity,
      rows.map((row) => ({ ...row, organizationId: ctx.organizationId })),
    );
  }

  /** New times for a step that is still planned. */
  async move(ctx: TxContext, id: Uuid, times: NewTimes): Promise<void> {
    await this.update(ctx, id, afresh(times));
  }

  /** A step that fell because the patient cancelled is planned again. */
  async revive(ctx: TxContext, id: Uuid, times: NewTimes): Promise<void> {
    const fallen = { state: 'withdrawn', reason: PATIENT_CANCELLED } as const;
    await this.update(ctx, id, { ...afresh(times), state: 'planned', endedAt: null }, fallen);
  }

  /** The step is decided. */
  async end(ctx: TxContext, id: Uuid, end: StepEnd): Promise<void> {
    const missedAt = isMissed({ reason: null, ...end }) ? () => 'platform.now()' : null;
    await this.update(ctx, id, {
      reason: null,
      ...end,
      missedAt,
      leasedUntil: null,
      endedAt: () => 'platform.now()',
    });
  }

  /** It stays planned, says what it waits for, and is tried again. */
  async defer(ctx: TxContext, id: Uuid, later: { at: Date; reason: string }): Promise<void> {
    await this.update(ctx, id, {
      attemptAt: later.at,
      reason: later.reason,
      attempts: () => 'attempts + 1',
      leasedUntil: null,
    });
  }

  private async update(
    ctx: TxContext,
    id: Uuid,
    change: StepChange,
    from: { state: StepState; reason?: string } = { state: 'planned' },
  ): Promise<void> {
    await managerOf(ctx)
      .createQueryBuilder()
      .update(StepEntity)
      .set({ ...change, version: () => 'version + 1' })
      .where({ organizationId: ctx.organizationId, id, ...from })
      .execute();
  }
}

type NewTimes = Pick<StepEntity, 'wantedAt' | 'dueAt' | 'usefulUntil'>;

function afresh(times: NewTimes): StepChange {
  return { ...times, attemptAt: times.dueAt, attempts: 0, reason: null, leasedUntil: null };
}

type StepChange = { [K in keyof StepEntity]?: StepEntity[K] | (() => string) } & {
  appointment?: never;
  rule?: never;
};
