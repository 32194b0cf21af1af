import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import { ConsentFacade } from '../../../exchange/consent/index.js';
import { FhirFacade, type FhirRow, type ReadResult } from '../../../exchange/fhir/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { detached, type Context, type TxContext } from '../../../platform/context/context.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import { Projection } from './projection.js';
import { UnreadableVisits } from './unreadable-visits.js';

/** What the EHR says of a visit at this moment. `unreadable` carries a code. */
export type Seen =
  { state: 'current' | 'gone'; result: ReadResult } | { state: 'unreadable'; reason: string };

/** Asks the EHR right before anything is said or done: what was synced a minute ago may be wrong by now. */
@Injectable()
export class VisitReader {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly consent: ConsentFacade,
    private readonly patients: PatientsFacade,
    private readonly projection: Projection,
    private readonly unreadable: UnreadableVisits,
  ) {}

  /** Never throws for an EHR that is away or refuses: that is an answer too. */
  async read(ctx: Context, visit: AppointmentEntity): Promise<Seen> {
    try {
      const result = await this.fhir.read(detached(ctx), visit.connectionId, `Appointment/${visit.fhirId}`);
      if (result.state !== 'current' && result.state !== 'gone') {
        return { state: 'unreadable', reason: `ehr-${result.state}` };
      }
      return { state: result.state, result };
    } catch (error) {
      if (error instanceof Fault) return { state: 'unreadable', reason: reasonOf(error) };
      throw error;
    }
  }

  /** The same, and what the EHR says against messages to the patient, which is asked at most once a day. */
  async readToSend(ctx: Context, visit: AppointmentEntity): Promise<Seen> {
    // Break-the-glass of any of the person's records holds for all of them; the visit's own names only one.
    if (visit.patientId !== null && (await this.patients.isRestricted(ctx, visit.patientId)))
      return { state: 'unreadable', reason: 'ehr-forbidden' };
    const seen = await this.read(ctx, visit);
    if (seen.state !== 'current' || visit.patientId === null) return seen;
    try {
      await this.consent.freshen(ctx, visit.patientId);
      return seen;
    } catch (error) {
      if (error instanceof Fault) return { state: 'unreadable', reason: reasonOf(error) };
      throw error;
    }
  }

  /** Takes what was seen into the projection. The visit's row is read anew by whoever goes on. */
  async absorb(ctx: TxContext, visit: AppointmentEntity, seen: Seen): Promise<void> {
    if (seen.state === 'unreadable') return;
    const { connectionId, resourceId, fhirId } = visit;
    const gone = seen.result.state === 'gone' ? [{ resourceId, fhirId }] : [];
    const changed = seen.result.state === 'current' ? [seen.result.row as FhirRow<Appointment>] : [];
    await this.projection.absorb(ctx, { connectionId, changed, gone });
    await this.unreadable.settle(ctx, visit.id, seen.state === 'gone' ? 'no-visit' : 'readable-again');
  }
}

function reasonOf(fault: Fault): string {
  return fault.retryable ? 'ehr-unavailable' : 'ehr-refused';
}
