import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { afterCommit } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import type { QuietHours } from '../domain/quiet-hours.policy.js';
import { planSteps, type NewStep, type RuleRow, type StepPlan } from '../domain/step-plan.policy.js';
import { notLiveReason } from '../domain/visit.policy.js';
import { saidIn } from '../domain/whereabouts.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { visitOf } from '../infrastructure/visit.mapper.js';
import { STEPS_LOOP } from './loop-names.js';
import { Projection } from './projection.js';
import { TakeBack } from './take-back.js';
import { WhereaboutsFinder } from './whereabouts.js';

interface Settings {
  rules: RuleRow[];
  quiet: QuietHours;
  now: Date;
}

/** Makes the steps of visits be what the rules want. */
@Injectable()
export class PlanVisits {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly takeBack: TakeBack,
    private readonly whereabouts: WhereaboutsFinder,
    private readonly projection: Projection,
    private readonly patients: PatientsFacade,
    private readonly messaging: MessagingFacade,
    private readonly worklist: WorklistFacade,
    private readonly loops: Loops,
  ) {}

  /**
   * Plans and withdraws, for visits that the caller has locked. Where a visit changed or fell, its messages are
   * taken back under the closed fence: once this commits, none of them begins. Planning twice changes nothing.
   */
  async run(ctx: TxContext, visits: AppointmentEntity[]): Promise<void> {
    await this.rezone(ctx, visits);
    const settings = await this.settings(ctx);
    const steps = await this.steps.ofAppointments(
      ctx,
      visits.map(({ id }) => id),
    );
    await this.takeBack.run(ctx, visits);
    await this.unsay(ctx, visits, steps);
    const added: Partial<StepEntity>[] = [];
    for (const visit of visits) {
      const own = steps.filter((step) => step.appointmentId === visit.id);
      const plan = planSteps({ visit: visitOf(visit), present: own, ...settings });
      await this.apply(ctx, plan);
      added.push(...plan.add.map((step) => rowOf(visit, step, settings.now)));
    }
    await this.steps.insert(ctx, added);
    await this.tellStaff(ctx, visits);
    await this.patients.expect(ctx, expectedIn(visits, settings.now));
    await this.appointments.planned(
      ctx,
      visits.map(({ id }) => id),
    );
    for (const visit of visits) Object.assign(visit, { planAt: null, fencedVersion: visit.visitVersion });
    afterCommit(ctx, () => void this.loops.wake(STEPS_LOOP));
  }

  /** A place, or what leads to it, may have become another since the visit was read. */
  private async rezone(ctx: TxContext, visits: AppointmentEntity[]): Promise<void> {
    const led = visits.filter(({ zoneFrom }) => zoneFrom !== '');
    for (const connectionId of new Set(led.map((visit) => visit.connectionId))) {
      const own = led.filter((visit) => visit.connectionId === connectionId);
      const said = own.map((visit) => saidIn(visit.zoneFrom, visit.practitionerReference));
      const found = await this.whereabouts.of(ctx, connectionId, said);
      for (const [at, visit] of own.entries()) await this.projection.rezone(ctx, visit, found[at]!);
    }
  }

  private async settings(ctx: TxContext): Promise<Settings> {
    return {
      rules: await this.rules.active(ctx),
      quiet: await this.rules.quietHours(ctx),
      now: await nowIn(ctx),
    };
  }

  private async apply(ctx: TxContext, plan: StepPlan): Promise<void> {
    for (const { id, reason } of plan.withdraw) await this.steps.end(ctx, id, { state: 'withdrawn', reason });
    for (const { id, ...times } of plan.move) await this.steps.move(ctx, id, times);
    for (const { id, ...times } of plan.revive) await this.steps.revive(ctx, id, times);
  }

  /** What was said of a visit that was entered in error is no part of anybody's record. */
  private async unsay(ctx: TxContext, visits: AppointmentEntity[], steps: StepEntity[]): Promise<void> {
    const inError = new Set(visits.filter(({ status }) => status === 'entered-in-error').map(({ id }) => id));
    const said = steps.filter(({ appointmentId }) => inError.has(appointmentId));
    const messageIds = said.flatMap(({ messageId }) => messageId ?? []);
    if (messageIds.length > 0) await this.messaging.emptyTexts(ctx, messageIds);
  }

  /** A patient whom the EHR has down as declined is a question for staff, not for a reminder. */
  private async tellStaff(ctx: TxContext, visits: AppointmentEntity[]): Promise<void> {
    for (const visit of visits.filter((one) => notLiveReason(visitOf(one)) === 'declined')) {
      await this.worklist.raise(ctx, {
        kind: 'appointment-declined',
        reason: 'declined-in-ehr',
        key: `appointment-declined:${visit.id}:${visit.visitVersion}`,
        subject: { kind: 'appointment', id: visit.id },
        ...(visit.patientId && { patientId: visit.patientId }),
      });
    }
  }
}

/** Whose visit stands and is to come. */
function expectedIn(visits: readonly AppointmentEntity[], now: Date): Uuid[] {
  const ahead = visits.filter((visit) => visit.startsAt > now && notLiveReason(visitOf(visit)) === null);
  return [...new Set(ahead.flatMap(({ patientId }) => patientId ?? []))];
}

function rowOf(visit: AppointmentEntity, step: NewStep, now: Date): Partial<StepEntity> {
  const { startsAt, timeZone, placeReference, visitVersion } = visit;
  return {
    id: newId(),
    appointmentId: visit.id,
    visitVersion,
    startsAt,
    timeZone,
    placeReference,
    ...step,
    attemptAt: step.dueAt,
    ...(step.state === 'skipped' && { endedAt: now }),
  };
}
