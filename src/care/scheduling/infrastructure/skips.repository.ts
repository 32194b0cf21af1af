import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isMissed, type StepState, type Undelivered } from '../domain/step.states.js';
import { StepEntity } from './step.entity.js';

export interface SkipFilter {
  since?: Date;
  until?: Date;
  reason?: string;
  after: CursorKey | null;
  limit: number;
}

/** A reminder that did not reach its patient, as far as we know. */
export interface Skip {
  id: Uuid;
  appointmentId: Uuid;
  patientId: Uuid | null;
  ruleKey: string;
  visitVersion: number;
  state: Exclude<StepState, 'planned' | 'handed'> | Undelivered;
  reason: string;
  dueAt: Date;
  endedAt: Date;
  timeZone: string;
  messageId: Uuid | null;
}

/** How the message of a step stands; `undelivered` is null while it may yet arrive, or has. */
export interface MessageEnd {
  stepId: Uuid;
  undelivered: Undelivered | null;
  reason: string | null;
}

/** Reads and keeps which reminders did not reach their patient. */
@Injectable()
export class SkipsRepository {
  /** By the time they were due, the earliest first. */
  list(ctx: TxContext, { since, until, reason, after, limit }: SkipFilter): Promise<Skip[]> {
    return sql<Skip>(
      ctx,
      `select s.id, s.appointment_id as "appointmentId", a.patient_id as "patientId", r.key as "ruleKey",
              s.visit_version as "visitVersion", coalesce(s.undelivered, s.state) as state,
              coalesce(s.undelivered_reason, s.reason, s.undelivered, s.state) as reason,
              s.due_at as "dueAt", s.ended_at as "endedAt", s.time_zone as "timeZone", s.message_id as "messageId"
         from scheduling.step s
         join scheduling.appointment a on a.organization_id = s.organization_id and a.id = s.appointment_id
         join scheduling.reminder_rule r on r.organization_id = s.organization_id and r.id = s.rule_id
        where s.organization_id = $1
          and (s.state in ('withdrawn', 'skipped', 'expired') or s.undelivered is not null)
          and ($2::timestamptz is null or s.due_at >= $2) and ($3::timestamptz is null or s.due_at < $3)
          and ($4::text is null or coalesce(s.undelivered_reason, s.reason, s.undelivered, s.state) = $4)
          and ($5::timestamptz is null or (s.due_at, s.id) > ($5, $6::uuid))
        order by s.due_at, s.id limit $7`,
      [
        ctx.organizationId,
        since ?? null,
        until ?? null,
        reason ?? null,
        after?.[0] ?? null,
        after?.[1] ?? null,
        limit,
      ],
    );
  }

  /** How many were lost since then because their time had passed, by reason. */
  async missedSince(ctx: TxContext, since: Date): Promise<Record<string, number>> {
    const rows = await sql<{ reason: string; count: number }>(
      ctx,
      `select coalesce(undelivered_reason, reason, undelivered, state) as reason, count(*)::int as count
         from scheduling.step
        where organization_id = $1 and missed_at is not null and missed_at >= $2
        group by 1 order by 1`,
      [ctx.organizationId, since],
    );
    return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
  }

  /** Counting and telling the count: one at a time, so that the last one told is the whole. */
  async oneAtATime(ctx: TxContext): Promise<void> {
    await sql(ctx, `select pg_advisory_xact_lock(hashtextextended('scheduling.missed/' || $1, 0))`, [
      ctx.organizationId,
    ]);
  }

  /** Those of these steps that stand as undelivered. */
  async undelivered(ctx: TxContext, stepIds: readonly Uuid[]): Promise<Set<Uuid>> {
    const rows = await managerOf(ctx).find(StepEntity, {
      select: { id: true },
      where: { organizationId: ctx.organizationId, id: In([...stepIds]), undelivered: Not(IsNull()) },
    });
    return new Set(rows.map(({ id }) => id));
  }

  async lock(ctx: TxContext, stepIds: readonly Uuid[]): Promise<void> {
    await sql(
      ctx,
      `select 1 from scheduling.step where organization_id = $1 and id = any($2::uuid[]) order by id for update`,
      [ctx.organizationId, stepIds],
    );
  }

  /** Returns the steps for which this is news. */
  async keep(ctx: TxContext, ends: readonly MessageEnd[]): Promise<Uuid[]> {
    const rows = ends.map(({ stepId, undelivered, reason }) => ({
      id: stepId,
      undelivered,
      reason: undelivered && reason,
      missed: undelivered !== null && isMissed({ state: undelivered, reason }),
    }));
    const [kept] = (await sql(
      ctx,
      `update scheduling.step s
          set undelivered = r.undelivered, undelivered_reason = r.reason,
              missed_at = case when r.missed then platform.now() end, version = version + 1
         from jsonb_to_recordset($2::jsonb) as r(id uuid, undelivered text, reason text, missed boolean)
        where s.organization_id = $1 and s.id = r.id and s.state = 'handed'
          and (s.undelivered, s.undelivered_reason) is distinct from (r.undelivered, r.reason)
        returning s.id`,
      [ctx.organizationId, JSON.stringify(rows)],
    )) as unknown as [{ id: Uuid }[], number];
    return kept.map(({ id }) => id);
  }
}
