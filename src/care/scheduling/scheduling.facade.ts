import { Injectable } from '@nestjs/common';
import { PatientsFacade } from '../../exchange/patients/index.js';
import type { Context, TxContext } from '../../platform/context/context.js';
import { sql, Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { DriftReports, type DriftView } from './application/drift/drift-reports.js';
import { type Offer, type OfferQuery, OfferSlots } from './application/offer-slots.js';
import { Places } from './application/places.js';
import type { AppointmentEntity } from './infrastructure/appointment.entity.js';
import { AppointmentsRepository } from './infrastructure/appointments.repository.js';
import { nowIn } from '../../platform/clock/clock.js';

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

/** How the taps among some received messages are answered. */
export interface TapAnswers {
  /** Whether what became of one of the wishes is not known yet. */
  awaited: boolean;
  /** The origin keys under which messaging holds the replies, sent or still to be sent. */
  replyKeys: string[];
}

const MOST_UPCOMING = 100;

/** What other modules may ask about visits. */
@Injectable()
export class SchedulingFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly appointments: AppointmentsRepository,
    private readonly places: Places,
    private readonly offers: OfferSlots,
    private readonly patients: PatientsFacade,
    private readonly reports: DriftReports,
  ) {}

  /** The visits of all the patient's records that stand (booked or pending) and have not begun, the soonest first; at most 100. */
  upcomingFor(ctx: Context, patientId: Uuid): Promise<Visit[]> {
    return this.transactions.run(ctx, async (tx) => {
      const from = await nowIn(tx);
      const patientIds = await this.patients.recordsOf(tx, patientId);
      const rows = await this.appointments.standing(tx, { from, patientIds, limit: MOST_UPCOMING });
      const visits: Visit[] = [];
      for (const row of rows) visits.push(await this.show(tx, row));
      return visits;
    });
  }

  /** One visit by its id, also a past or cancelled one; null when there is none. */
  get(ctx: Context, appointmentId: Uuid): Promise<Visit | null> {
    return this.transactions.run(ctx, async (tx) => {
      const row = await this.appointments.get(tx, appointmentId);
      return row && this.show(tx, row);
    });
  }

  /** The answers to the taps among these received messages; a message that is no tap has none. */
  answersTo(ctx: Context, receivedIds: readonly Uuid[]): Promise<TapAnswers> {
    return this.transactions.run(ctx, async (tx) => {
      const actions = await sql<{ id: Uuid; state: string }>(
        tx,
        `select id, state from scheduling.action where organization_id = $1 and received_id = any($2::uuid[])`,
        [tx.organizationId, receivedIds],
      );
      return {
        awaited: actions.some(({ state }) => state === 'asked'),
        replyKeys: [...receivedIds.map((id) => `tap:${id}`), ...actions.map(({ id }) => `action:${id}`)],
      };
    });
  }

  /**
   * At most ten free times, the soonest first, on the clock of the place where they are. Throws `fhir.unsupported` where
   * nobody can book, `fhir.slots-by-service` where a service must be named, `fhir.unavailable`.
   */
  offerSlots(ctx: Context, query: OfferQuery): Promise<Offer[]> {
    return this.offers.run(ctx, query);
  }

  /**
   * Compares an EHR's visits of so many days from today on with ours, and keeps the report. Throws not-found, `drift.days`,
   * `fhir.unavailable` and what else a search throws.
   */
  drift(ctx: Context, connectionId: Uuid, days: { count?: number }): Promise<DriftView> {
    return this.reports.look(ctx, connectionId, days);
  }

  private async show(ctx: TxContext, row: AppointmentEntity): Promise<Visit> {
    return {
      id: row.id,
      connectionId: row.connectionId,
      reference: `Appointment/${row.fhirId}`,
      patientId: row.patientId,
      status: row.status,
      start: row.startsAt,
      end: row.endsAt,
      timeZone: row.timeZone,
      place: await this.places.nameOf(ctx, row.connectionId, row.placeReference),
      visitVersion: row.visitVersion,
    };
  }
}
