import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { QuietHours } from '../domain/quiet-hours.policy.js';
import { nextOf } from '../domain/step-plan.policy.js';
import { judgeTurn, type TurnVerdict } from '../domain/step-turn.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { MissedReminders } from './missed-reminders.js';

/** A step whose time has come, leased to this worker. */
export interface Turn {
  step: StepEntity;
  visit: AppointmentEntity;
  now: Date;
}

/** Claims due steps and decides by the clock alone which of them lead to a reminder. */
@Injectable()
export class DueSteps {
  constructor(
    private readonly transactions: Transactions,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly missed: MissedReminders,
  ) {}

  /** How many were claimed, and those whose visit must be read next: the others have expired, are skipped or wait. */
  claim(ctx: Context, limit: number): Promise<{ claimed: number; turns: Turn[] }> {
    return this.transactions.run(ctx, async (tx) => {
      const claimed = await this.steps.claimDue(tx, limit);
      if (claimed.length === 0) return { claimed: 0, turns: [] };
      const appointmentIds = [...new Set(claimed.map(({ appointmentId }) => appointmentId))];
      const visits = await this.appointments.byIds(tx, appointmentIds);
      const all = await this.steps.ofAppointments(tx, appointmentIds);
      const settings = { quiet: await this.rules.quietHours(tx), now: await nowIn(tx) };
      const turns: Turn[] = [];
      let lost = false;
      for (const step of all.filter(({ id }) => claimed.some((one) => one.id === id))) {
        const visit = visits.find(({ id }) => id === step.appointmentId)!;
        const verdict = judge(step, { ...settings, visit, all });
        if (verdict.verdict === 'send') turns.push({ step, visit, now: settings.now });
        else await this.carryOut(tx, step, verdict);
        lost ||= verdict.verdict === 'skip' || verdict.verdict === 'expire';
      }
      if (lost) await this.missed.tell(tx);
      return { claimed: claimed.length, turns };
    });
  }

  private carryOut(
    ctx: TxContext,
    { id }: StepEntity,
    verdict: Exclude<TurnVerdict, { verdict: 'send' }>,
  ): Promise<void> {
    const { reason } = verdict;
    if (verdict.verdict === 'wait')
      return this.steps.defer(ctx, id, { at: verdict.until, reason: verdict.reason });
    if (verdict.verdict === 'skip')
      return this.steps.end(ctx, id, { state: 'skipped', reason: verdict.reason });
    return this.steps.end(ctx, id, { state: 'expired', reason });
  }
}

interface Around {
  visit: AppointmentEntity;
  all: StepEntity[];
  quiet: QuietHours;
  now: Date;
}

function judge(step: StepEntity, { visit, all, quiet, now }: Around): TurnVerdict {
  const { dueAt, usefulUntil, reason } = step;
  const { startsAt: start, timeZone } = visit;
  const nextDueAt = nextOf(
    step,
    all.filter(({ appointmentId }) => appointmentId === visit.id),
  );
  return judgeTurn({ dueAt, usefulUntil, reason, start, timeZone, nextDueAt, quiet, now });
}
