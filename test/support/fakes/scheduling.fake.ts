import type { Context } from '../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../src/platform/ids/ids.js';
import type { SchedulingFacade, Visit } from '../../../src/care/scheduling/index.js';
import type { Door } from './door.fake.js';

/** Visits by id. */
export class FakeScheduling implements Door<SchedulingFacade> {
  readonly visits = new Map<Uuid, Visit>();

  book(patientId: Uuid, connectionId: Uuid): Visit {
    const visit: Visit = {
      id: newId(),
      connectionId,
      reference: `Appointment/a${this.visits.size + 1}`,
      patientId,
      status: 'booked',
      start: new Date('2026-03-10T09:00:00Z'),
      end: null,
      timeZone: 'Asia/Kolkata',
      place: null,
      visitVersion: 1,
    };
    this.visits.set(visit.id, visit);
    return visit;
  }

  async upcomingFor(_ctx: Context, patientId: Uuid): Promise<Visit[]> {
    return [...this.visits.values()].filter((visit) => visit.patientId === patientId);
  }

  async get(_ctx: Context, appointmentId: Uuid): Promise<Visit | null> {
    return this.visits.get(appointmentId) ?? null;
  }
}
