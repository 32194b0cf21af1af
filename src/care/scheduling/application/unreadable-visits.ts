import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';

/** Tells staff of a visit whose reminders wait because the EHR does not show it: one work item, until it does. */
@Injectable()
export class UnreadableVisits {
  constructor(private readonly worklist: WorklistFacade) {}

  async raise(ctx: TxContext, { id, patientId }: AppointmentEntity, reason: string): Promise<void> {
    await this.worklist.raise(ctx, {
      kind: 'appointment-unreadable',
      reason,
      key: keyOf(id),
      subject: { kind: 'appointment', id },
      ...(patientId && { patientId }),
    });
  }

  /** The EHR shows the visit again, or it needs no reminder any more. */
  async settle(ctx: TxContext, visitId: Uuid, resolution: 'readable-again' | 'no-visit'): Promise<void> {
    await this.worklist.resolve(ctx, keyOf(visitId), resolution);
  }
}

function keyOf(visitId: Uuid): string {
  return `appointment-unreadable:${visitId}`;
}
