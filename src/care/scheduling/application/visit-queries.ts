import { Injectable } from '@nestjs/common';
import { MessagingFacade, type Sent } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository, type AppointmentFilter } from '../infrastructure/appointments.repository.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import type { StepEntity } from '../infrastructure/step.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';

/** A step with the name of its rule and its message, when it has one. */
export interface ShownStep {
  step: StepEntity;
  ruleKey: string;
  message: Sent | null;
}

export interface ShownVisit {
  visit: AppointmentEntity;
  steps: ShownStep[];
}

export type VisitWish = Omit<AppointmentFilter, 'patientIds'> & { patientId?: Uuid };

/** Reads visits with their reminders. No names and no texts. */
@Injectable()
export class VisitQueries {
  constructor(
    private readonly transactions: Transactions,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly rules: RulesRepository,
    private readonly messaging: MessagingFacade,
    private readonly patients: PatientsFacade,
  ) {}

  /** Of a patient, those of all records of that person; each is shown under the record that stands for it. */
  list(ctx: Context, { patientId, ...filter }: VisitWish): Promise<ShownVisit[]> {
    return this.transactions.run(ctx, async (tx) => {
      const patientIds = patientId === undefined ? undefined : await this.patients.recordsOf(tx, patientId);
      return this.withSteps(tx, await this.appointments.list(tx, { ...filter, patientIds }));
    });
  }

  /** Throws not-found. */
  get(ctx: Context, id: Uuid): Promise<ShownVisit> {
    return this.transactions.run(ctx, async (tx) => {
      const visit = await this.appointments.get(tx, id);
      if (!visit) throw notFound('appointment');
      const [shown] = await this.withSteps(tx, [visit]);
      return shown!;
    });
  }

  private async withSteps(ctx: TxContext, visits: AppointmentEntity[]): Promise<ShownVisit[]> {
    const steps = await this.steps.ofAppointments(
      ctx,
      visits.map(({ id }) => id),
    );
    const named = [...new Set(visits.flatMap(({ patientId }) => patientId ?? []))];
    const survivors = await this.patients.survivorsOf(ctx, named);
    const rules = await this.rules.byIds(ctx, [...new Set(steps.map(({ ruleId }) => ruleId))]);
    const messageIds = steps.flatMap(({ messageId }) => messageId ?? []);
    const messages = messageIds.length > 0 ? await this.messaging.sent(ctx, messageIds) : [];
    const keys = new Map(rules.map(({ id, key }) => [id, key]));
    const byId = new Map(messages.map((message) => [message.id, message]));
    const show = (step: StepEntity): ShownStep => ({
      step,
      ruleKey: keys.get(step.ruleId) ?? '',
      message: byId.get(step.messageId ?? '') ?? null,
    });
    return visits.map((visit) => ({
      visit: { ...visit, patientId: visit.patientId && survivors.get(visit.patientId)! },
      steps: steps.filter(({ appointmentId }) => appointmentId === visit.id).map(show),
    }));
  }
}
