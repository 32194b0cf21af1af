import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { PatientMerged, PatientUnmerged } from '../../../exchange/patients/events.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Listeners } from '../../../platform/jobs/listeners.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { PlanVisits } from './plan-visits.js';

/**
 * When another record stands for a patient than before, reminders that have not begun are taken back and planned anew.
 * What is merely planned finds its patient when its time comes.
 */
@Injectable()
export class FollowMerged implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsFacade,
    private readonly messaging: MessagingFacade,
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly plan: PlanVisits,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.listeners.on(PatientMerged, 'scheduling.followMerged@1', (ctx, ids) => this.merged(ctx, ids));
    this.listeners.on(PatientUnmerged, 'scheduling.followUnmerged@1', (ctx, ids) => this.parted(ctx, ids));
  }

  private merged(ctx: Context, recordIds: Uuid[]): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.planAnew(tx, recordIds, 'patient-merged'));
  }

  private parted(ctx: Context, recordIds: Uuid[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const records = await this.patients.getMany(tx, recordIds);
      for (const record of records.values()) await this.appointments.giveBack(tx, record);
      await this.planAnew(tx, recordIds, 'patient-parted');
    });
  }

  private async planAnew(tx: TxContext, recordIds: readonly Uuid[], reason: string): Promise<void> {
    const visits = await this.appointments.lockAhead(tx, recordIds);
    if (visits.length === 0) return;
    await closeFence(
      tx,
      visits.map(({ id }) => fenceKey(tx.organizationId, 'visit', id)),
    );
    const taken = await this.messaging.withdraw(
      tx,
      visits.map(({ id }) => ({ visitId: id, reason })),
    );
    if (taken.length > 0) await this.plan.run(tx, await this.changed(tx, visits, taken));
  }

  /** A visit version of its own for each message that was taken back: a step is handed over once. */
  private async changed(
    tx: TxContext,
    visits: readonly AppointmentEntity[],
    messageIds: readonly Uuid[],
  ): Promise<AppointmentEntity[]> {
    const steps = await this.steps.ofAppointments(
      tx,
      visits.map(({ id }) => id),
    );
    const stopped = steps.filter(({ messageId }) => messageId && messageIds.includes(messageId));
    const ids = new Set(stopped.map(({ appointmentId }) => appointmentId));
    const changed = visits.filter(({ id }) => ids.has(id));
    for (const visit of changed) {
      visit.visitVersion++;
      await this.appointments.update(tx, visit.id, { visitVersion: visit.visitVersion });
    }
    return changed;
  }
}
