import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey, inLockOrder, isFenceHeld } from '../../../platform/database/fence.js';
import { inSavepoint } from '../../../platform/database/transactions.js';
import { PATIENT_CANCELLED } from '../domain/step.states.js';
import { notLiveReason } from '../domain/visit.policy.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { visitOf } from '../infrastructure/visit.mapper.js';

/** Longer than a send that does not hang takes at most times. */
const BRIEFLY_MS = 1_000;

/** Takes messages back that were handed to messaging for a visit that is not so any more. */
@Injectable()
export class TakeBack {
  constructor(
    private readonly steps: StepsRepository,
    private readonly messaging: MessagingFacade,
  ) {}

  /**
   * Of visits that the caller has locked and that changed, fell, or are to be cancelled: once the caller's transaction
   * commits, none of their messages begins. Waits for sends of theirs that are under way. Throws what `closeFence` throws.
   */
  async run(ctx: TxContext, visits: readonly AppointmentEntity[]): Promise<void> {
    const told = await this.told(ctx, visits.filter(isFallen));
    if (told.length === 0) return;
    // All of them before the first message is touched: a sender may hold one visit's lock and wait for another's message.
    await closeFence(
      ctx,
      told.map(({ id }) => fenceKey(ctx.organizationId, 'visit', id)),
    );
    await this.withdraw(ctx, told);
  }

  /**
   * The same without waiting for a send that hangs, once `run` has waited in vain: its visit is left to planning. Returns
   * how many are left.
   */
  async runWhereFree(ctx: TxContext, visits: readonly AppointmentEntity[]): Promise<number> {
    const told = await this.told(ctx, visits.filter(isFallen));
    const byKey = new Map(told.map((visit) => [fenceKey(ctx.organizationId, 'visit', visit.id), visit]));
    const free: AppointmentEntity[] = [];
    for (const key of inLockOrder([...byKey.keys()])) {
      const error = await inSavepoint(ctx, () => closeFence(ctx, [key], BRIEFLY_MS));
      if (error === null) free.push(byKey.get(key)!);
      else if (!isFenceHeld(error)) throw error;
    }
    await this.withdraw(ctx, free);
    return told.length - free.length;
  }

  private async withdraw(ctx: TxContext, visits: readonly AppointmentEntity[]): Promise<void> {
    if (visits.length === 0) return;
    await this.messaging.withdraw(
      ctx,
      visits.map((visit) => ({ visitId: visit.id, reason: reasonOf(visit) })),
    );
  }

  /** Those of which messaging was given something to say. */
  private async told(ctx: TxContext, visits: AppointmentEntity[]): Promise<AppointmentEntity[]> {
    if (visits.length === 0) return [];
    const steps = await this.steps.ofAppointments(
      ctx,
      visits.map(({ id }) => id),
    );
    const handed = new Set(steps.filter(({ state }) => state === 'handed').map((step) => step.appointmentId));
    return visits.filter(({ id }) => handed.has(id));
  }
}

/** Messages of an older visit version, or of a visit that the patient cancels, may still wait in the ledger. */
function isFallen(visit: AppointmentEntity): boolean {
  return visit.visitVersion > visit.fencedVersion || visitOf(visit).cancelAsked;
}

function reasonOf(visit: AppointmentEntity): string {
  return notLiveReason(visitOf(visit)) ?? (visitOf(visit).cancelAsked ? PATIENT_CANCELLED : 'visit-changed');
}
