import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { PatientsFacade, type Patient } from '../../../exchange/patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { lookAgainAt, readAgainAt } from '../domain/retry.policy.js';
import { wasTold } from '../domain/told.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import type { RuleEntity } from '../infrastructure/rule.entity.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import type { Turn } from './due-steps.js';
import { ANSWER_PENDING } from './hearing.js';
import { PlanVisits } from './plan-visits.js';
import { Reminder } from './reminder.js';
import { SamePerson } from './same-person.js';
import { UnreadableVisits } from './unreadable-visits.js';
import type { Seen } from './visit-reader.js';

/** A step under its visit's lock, with what its verdict needs. */
interface LockedTurn extends Turn {
  siblings: StepEntity[];
  rule: RuleEntity;
}

/** Decides one due step, under the lock of its visit. */
@Injectable()
export class HandOver {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
    private readonly unreadable: UnreadableVisits,
    private readonly plan: PlanVisits,
    private readonly reminder: Reminder,
    private readonly samePerson: SamePerson,
  ) {}

  /** After the read: the reminder goes, waits or falls, by what the EHR says now. */
  async decide(ctx: TxContext, claimed: Turn, seen: Seen): Promise<void> {
    const turn = await this.lock(ctx, claimed);
    if (!turn) return;
    if (seen.state === 'unreadable') return this.waitForEhr(ctx, turn, seen.reason);
    const patient = await this.patientOf(ctx, turn.visit);
    // Nobody has asked the EHR yet what it says against messages to this patient, nor who speaks for one who is a minor.
    if (patient && claimed.visit.patientId === null)
      return this.steps.defer(ctx, turn.step.id, { at: turn.now, reason: 'patient-met' });
    const obstacle = await this.obstacle(ctx, turn, patient);
    if (obstacle) return this.steps.end(ctx, turn.step.id, { state: 'skipped', reason: obstacle });
    if (!patient) return this.waitForPeople(ctx, turn, 'patient-unknown');
    await this.hand(ctx, turn, patient);
  }

  /** Null when the step is decided already, or when planning its visit anew gave it another time. */
  private async lock(
    ctx: TxContext,
    { step: { id }, visit: { id: visitId }, now }: Turn,
  ): Promise<LockedTurn | null> {
    const visit = await this.appointments.lock(ctx, visitId);
    if (!visit) return null;
    if (visit.planAt) await this.plan.run(ctx, [visit]);
    const all = await this.steps.ofAppointments(ctx, [visitId]);
    const step = all.find((one) => one.id === id);
    if (step?.state !== 'planned' || step.attemptAt > now) return null;
    const rule = await this.rules.get(ctx, step.ruleId);
    return rule && { step, visit, siblings: all.filter((one) => one.id !== id), rule, now };
  }

  private async obstacle(ctx: TxContext, turn: LockedTurn, patient: Patient | null): Promise<string | null> {
    if (patient?.deceased) return 'deceased';
    if (patient && !patient.active) return 'inactive';
    return (await this.isTold(ctx, turn)) ? 'already-told' : null;
  }

  /** Says it the visit as it was told before, say after a cancel by mistake? Then silence. */
  private async isTold(ctx: TxContext, { step, visit, siblings, rule }: LockedTurn): Promise<boolean> {
    const others = await this.samePerson.othersOf(ctx, visit);
    const elsewhere = await this.steps.ofAppointments(
      ctx,
      others.map(({ id }) => id),
    );
    const handed = [...siblings, ...elsewhere].filter((one) => one.messageId !== null);
    if (handed.length === 0) return false;
    const rules = await this.rules.byIds(
      ctx,
      handed.map(({ ruleId }) => ruleId),
    );
    const messages = await this.messaging.sent(
      ctx,
      handed.map(({ messageId }) => messageId!),
    );
    const told = handed.map((one) => {
      const message = messages.find(({ id }) => id === one.messageId);
      return {
        ...one,
        ruleKey: rules.find(({ id }) => id === one.ruleId)?.key ?? '',
        messageState: message?.state ?? 'unknown',
        toldAt: message?.acceptedAt ?? message?.createdAt ?? one.endedAt!,
      };
    });
    return wasTold({ ...step, ruleKey: rule.key }, told);
  }

  private async patientOf(ctx: TxContext, visit: AppointmentEntity): Promise<Patient | null> {
    const patient = await this.patients.known(ctx, visit.connectionId, visit.patientReference);
    if (patient && visit.patientId === null) {
      await this.appointments.update(ctx, visit.id, { patientId: patient.id });
    }
    return patient;
  }

  private async hand(ctx: TxContext, turn: LockedTurn, patient: Patient): Promise<void> {
    const { step, visit, rule } = turn;
    const outcome = await this.reminder.hand(ctx, { step, visit, patient, template: rule.template });
    if (outcome.result === 'handed') {
      return this.steps.end(ctx, step.id, { state: 'handed', messageId: outcome.messageId });
    }
    if (outcome.result === 'wait') return this.wait(ctx, turn, outcome.reason);
    await this.steps.end(ctx, step.id, { state: 'skipped', reason: outcome.reason });
  }

  /** Never sent blind: a visit that cannot be read may be cancelled by now. */
  private async waitForEhr(ctx: TxContext, { step, visit, now }: Turn, reason: string): Promise<void> {
    await this.steps.defer(ctx, step.id, { at: readAgainAt(step, now), reason });
    if (reason === 'ehr-unavailable') return;
    await this.unreadable.raise(ctx, visit, reason);
  }

  /** What the patient said is acted on in moments; what people must do takes longer. */
  private wait(ctx: TxContext, turn: Turn, reason: string): Promise<void> {
    if (reason !== ANSWER_PENDING) return this.waitForPeople(ctx, turn, reason);
    return this.steps.defer(ctx, turn.step.id, { at: readAgainAt(turn.step, turn.now), reason });
  }

  private waitForPeople(ctx: TxContext, { step, now }: Turn, reason: string): Promise<void> {
    return this.steps.defer(ctx, step.id, { at: lookAgainAt(step, now), reason });
  }
}
