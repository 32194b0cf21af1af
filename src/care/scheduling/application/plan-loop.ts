import { Injectable } from '@nestjs/common';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { PlanVisits } from './plan-visits.js';

const BATCH = 50;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 15 * 60_000;

/** Plans what is marked for planning, in batches; what breaks a batch is planned alone and later. */
@Injectable()
export class PlanLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly appointments: AppointmentsRepository,
    private readonly patients: PatientsFacade,
    private readonly plan: PlanVisits,
    private readonly log: Log,
  ) {}

  async claim(ctx: Context): Promise<number> {
    const strangers: AppointmentEntity[] = [];
    const planned = await this.transactions
      .run(ctx, async (tx) => {
        const visits = await this.appointments.claimToPlan(tx, BATCH);
        strangers.push(...visits.filter(({ patientId }) => patientId === null));
        await this.planAll(
          tx,
          visits.filter(({ patientId }) => patientId !== null),
        );
        return visits.length;
      })
      .catch((error: unknown) => this.oneByOne(ctx, error));
    for (const visit of strangers) await this.meet(ctx, visit);
    return planned;
  }

  private async planAll(ctx: TxContext, visits: AppointmentEntity[]): Promise<void> {
    if (visits.length > 0) await this.plan.run(ctx, visits);
  }

  /** One bad row must not hold up the others of its batch. */
  private async oneByOne(ctx: Context, error: unknown): Promise<number> {
    this.log.warn('scheduling.plan-batch-failed', { organization_id: ctx.organizationId }, error);
    const visits = await this.transactions.run(ctx, (tx) => this.appointments.claimToPlan(tx, BATCH));
    for (const visit of visits.filter(({ patientId }) => patientId !== null)) await this.planOne(ctx, visit);
    return visits.length;
  }

  private async planOne(ctx: Context, visit: AppointmentEntity): Promise<void> {
    try {
      await this.transactions.run(ctx, async (tx) => {
        const locked = await this.appointments.lock(tx, visit.id);
        if (locked?.planAt) await this.plan.run(tx, [locked]);
      });
    } catch (error) {
      await this.later(ctx, visit, error);
    }
  }

  /** The patient of a visit may be new to us: then the EHR is asked, outside any transaction. */
  private async meet(ctx: Context, visit: AppointmentEntity): Promise<void> {
    try {
      const patient = await this.patients.byReference(ctx, visit.connectionId, visit.patientReference);
      if (!patient) return await this.later(ctx, visit);
      await this.transactions.run(ctx, async (tx) => {
        const locked = await this.appointments.lock(tx, visit.id);
        if (!locked) return;
        // The record that the visit names, if it has been read: who stands for it may change again.
        const own = await this.patients.knownIds(tx, visit.connectionId, [visit.patientReference]);
        const patientId = own.get(visit.patientReference) ?? patient.id;
        await this.appointments.update(tx, visit.id, { patientId });
        await this.plan.run(tx, [Object.assign(locked, { patientId })]);
      });
    } catch (error) {
      await this.later(ctx, visit, error);
    }
  }

  private async later(ctx: Context, visit: AppointmentEntity, error?: unknown): Promise<void> {
    const { planAttempts: attempt } = visit;
    this.log.warn(
      'scheduling.plan-deferred',
      { organization_id: ctx.organizationId, id: visit.id, attempt },
      error,
    );
    const delay = Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS);
    await this.transactions.run(ctx, (tx) => this.appointments.planLater(tx, visit.id, delay));
  }
}
