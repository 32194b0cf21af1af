import type { Context } from '../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../src/platform/ids/ids.js';
import type { SchedulingFacade, TapAnswers, Visit } from '../../../src/care/scheduling/index.js';
import type { Door } from './door.fake.js';

/** Visits by id. */
export class FakeScheduling implements Door<SchedulingFacade> {
  readonly visits = new Map<Uuid, Visit>();

  /** The taps that the EHR has not answered, and the origin keys of the replies to those it has. */
  readonly asked = new Set<Uuid>();
  readonly replyKeys = new Map<Uuid, string>();

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

  async drift(): Promise<never> {
    throw new Error('this fake has no EHR beside it');
  }

  async offerSlots() {
    return [];
  }

  async answersTo(_ctx: Context, receivedIds: readonly Uuid[]): Promise<TapAnswers> {
    return {
      awaited: receivedIds.some((id) => this.asked.has(id)),
      replyKeys: receivedIds.flatMap((id) => this.replyKeys.get(id) ?? []),
    };
  }

  async get(_ctx: Context, appointmentId: Uuid): Promise<Visit | null> {
    return this.visits.get(appointmentId) ?? null;
  }
}
