import { Injectable } from '@nestjs/common';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';

/** After a merge the EHR may name another record in a visit: it is the same person's visit all the same. */
@Injectable()
export class SamePerson {
  constructor(
    private readonly appointments: AppointmentsRepository,
    private readonly patients: PatientsFacade,
  ) {}

  /** The other parts in the same Appointment that are this person's, under another record. */
  async othersOf(ctx: TxContext, visit: AppointmentEntity): Promise<AppointmentEntity[]> {
    const parts = await this.appointments.parts(ctx, visit.resourceId);
    const others = parts.filter(({ id, patientId }) => id !== visit.id && patientId !== null);
    if (others.length === 0 || visit.patientId === null) return [];
    const records = await this.patients.recordsOf(ctx, visit.patientId);
    return others.filter(({ patientId }) => records.includes(patientId!));
  }

  /** Where the EHR names the person now, saying the same as it said here; null when it does not. */
  async movedTo(ctx: TxContext, visit: AppointmentEntity): Promise<AppointmentEntity | null> {
    if (visit.present) return null;
    const moved = (await this.othersOf(ctx, visit)).find(
      (other) => other.present && saysTheSame(visit, other),
    );
    return moved ? this.appointments.lock(ctx, moved.id) : null;
  }
}

function saysTheSame(one: AppointmentEntity, other: AppointmentEntity): boolean {
  return (
    one.startsAt.getTime() === other.startsAt.getTime() &&
    one.timeZone === other.timeZone &&
    one.placeReference === other.placeReference &&
    one.mode === other.mode &&
    one.practitionerReference === other.practitionerReference
  );
}
