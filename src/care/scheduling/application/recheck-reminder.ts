import { Injectable } from '@nestjs/common';
import { MessagingFacade, type RecheckCase, type RecheckVerdict } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { judgeWaited } from '../domain/recheck.policy.js';
import { lookAgainAt, readAgainAt } from '../domain/retry.policy.js';
import { nextOf } from '../domain/step-plan.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { visitOf } from '../infrastructure/visit.mapper.js';
import { ANSWER_PENDING, Hearing } from './hearing.js';
import { UnreadableVisits } from './unreadable-visits.js';
import { VisitReader } from './visit-reader.js';

interface Waited {
  step: StepEntity;
  visit: AppointmentEntity;
  now: Date;
}

/** Answers messaging about reminders that waited in its ledger: the visit is read anew, and the clock is asked again. */
@Injectable()
export class RecheckReminder {
  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingFacade,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly reader: VisitReader,
    private readonly unreadable: UnreadableVisits,
    private readonly hearing: Hearing,
    private readonly patients: PatientsFacade,
  ) {}

  register(): void {
    this.messaging.registerRecheck('reminder', (ctx, message) => this.check(ctx, message));
  }

  private async check(ctx: Context, { originKey }: RecheckCase): Promise<RecheckVerdict> {
    const waited = await this.transactions.run(ctx, (tx) => this.find(tx, originKey));
    if (!waited) return { verdict: 'drop', reason: 'visit-changed' };
    if (await this.isUnheard(ctx, waited.visit)) {
      return { verdict: 'wait', until: readAgainAt(waited.step, waited.now), reason: ANSWER_PENDING };
    }
    const { patientId } = waited.visit;
    // Who may be told can have changed as well: the gate goes by what is known then.
    if (patientId) await this.patients.refreshGuardians(ctx, [patientId]);
    const seen = await this.reader.readToSend(ctx, waited.visit);
    return this.transactions.run(ctx, async (tx) => {
      if (seen.state === 'unreadable') return this.waitForEhr(tx, waited, seen.reason);
      // A change takes back the visit's messages, this one among them, and is planned next.
      await this.reader.absorb(tx, waited.visit, seen);
      return this.judge(tx, waited.step);
    });
  }

  /** The step's id is the message's origin key. */
  private async find(ctx: TxContext, stepId: string): Promise<Waited | null> {
    const step = await this.steps.get(ctx, stepId);
    const visit = step && (await this.appointments.get(ctx, step.appointmentId));
    return visit && { step: step!, visit, now: await nowIn(ctx) };
  }

  private async isUnheard(ctx: Context, { patientId }: AppointmentEntity): Promise<boolean> {
    if (await this.hearing.isBehind(ctx)) return true;
    return (
      patientId !== null && this.transactions.run(ctx, (tx) => this.hearing.awaitsPatient(tx, patientId))
    );
  }

  private async judge(ctx: TxContext, step: StepEntity): Promise<RecheckVerdict> {
    const visit = (await this.appointments.get(ctx, step.appointmentId))!;
    const all = await this.steps.ofAppointments(ctx, [visit.id]);
    return judgeWaited({
      visit: visitOf(visit),
      visitVersion: step.visitVersion,
      dueAt: step.dueAt,
      usefulUntil: step.usefulUntil,
      nextDueAt: nextOf(step, all),
      quiet: await this.rules.quietHours(ctx),
      now: await nowIn(ctx),
    });
  }

  /** An EHR that is away comes back; one that refuses needs a person, as before the hand-over. */
  private async waitForEhr(ctx: TxContext, { step, visit }: Waited, reason: string): Promise<RecheckVerdict> {
    const now = await nowIn(ctx);
    if (reason === 'ehr-unavailable') return { verdict: 'wait', until: readAgainAt(step, now), reason };
    await this.unreadable.raise(ctx, visit, reason);
    return { verdict: 'wait', until: lookAgainAt(step, now), reason };
  }
}
