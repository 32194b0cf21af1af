import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey, type FenceKey, isFenceHeld } from '../../../platform/database/fence.js';
import { inSavepoint } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';

const DECEASED = 'deceased';

/** Ends every reminder of patients who have died. Nobody is told: there is no farewell. */
@Injectable()
export class PatientsEnd {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly steps: StepsRepository,
    private readonly patients: PatientsFacade,
    private readonly messaging: MessagingFacade,
    private readonly log: Log,
  ) {}

  /**
   * In the transaction that stores the death, before it is: once it commits, no step of theirs is left and no message of
   * theirs begins, under whichever of the person's records. Where a send hangs longer than the fence waits, the EHR is
   * read on, and the gate refuses what waits.
   */
  async run(ctx: TxContext, diedIds: readonly Uuid[]): Promise<void> {
    const patientIds = await this.allRecordsOf(ctx, diedIds);
    const visits = (await this.appointments.lockOf(ctx, patientIds)).map(({ id }) => id);
    if (visits.length === 0) return;
    for (const step of await this.steps.ofAppointments(ctx, visits)) {
      if (step.state === 'planned')
        await this.steps.end(ctx, step.id, { state: 'withdrawn', reason: DECEASED });
    }
    const keys = await this.keysOf(ctx, visits, patientIds);
    const error = await inSavepoint(ctx, () => this.takeBack(ctx, visits, keys));
    if (error === null) return;
    if (!isFenceHeld(error)) throw error;
    this.log.warn('scheduling.fence-not-closed', { organization_id: ctx.organizationId }, error);
  }

  private async allRecordsOf(ctx: TxContext, ids: readonly Uuid[]): Promise<Uuid[]> {
    const persons = await this.patients.personsOf(ctx, ids);
    const others = [...persons.values()].flatMap(({ survivorId, merged }) => [
      survivorId,
      ...merged.map(({ id }) => id),
    ]);
    return [...new Set([...ids, ...others])];
  }

  /** The patients' addresses too: a reply that is no visit's must not begin either. */
  private async keysOf(
    ctx: TxContext,
    visits: readonly Uuid[],
    patientIds: readonly Uuid[],
  ): Promise<FenceKey[]> {
    const keys = visits.map((id) => fenceKey(ctx.organizationId, 'visit', id));
    for (const patientId of patientIds) {
      for (const { id } of await this.patients.addressesOf(ctx, patientId))
        keys.push(fenceKey(ctx.organizationId, 'address', id));
    }
    return keys;
  }

  private async takeBack(ctx: TxContext, visits: readonly Uuid[], keys: readonly FenceKey[]): Promise<void> {
    await closeFence(ctx, keys);
    await this.messaging.withdraw(
      ctx,
      visits.map((visitId) => ({ visitId, reason: DECEASED })),
    );
  }
}
