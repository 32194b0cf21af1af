import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import { type Context, detached } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { basesOf } from '../domain/connection.js';
import { takesBooking } from '../domain/appointment-level.js';
import { differencesOfBooking, findBooking } from '../domain/booking.js';
import type { Capabilities } from '../domain/capabilities.js';
import { sortRows } from '../domain/incoming.js';
import type { AppointmentBooking, AppointmentBookingResult } from '../domain/writes.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import {
  FhirFault,
  incomplete,
  noFault,
  notTaken,
  unknownOutcome,
  writeRunning,
} from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type Settled, type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { Intake } from './intake.js';
import { readState } from './live-read.js';
import { slotId } from './moving.js';
import { OffLimits } from './off-limits.js';
import { pagesOf } from './pages.js';
import { Probe } from './probe.js';
import { type Made, sendBooking } from './send-booking.js';
import { type Claim, claim, release, slotNow } from './slots.js';

const DAY_MS = 86_400_000;

interface Work {
  /** Without the caller's transaction: that a booking went out must stand, whatever becomes of the caller. */
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  lease: WriteLease;
  wanted: AppointmentBooking;
}

type Secured = Exclude<Claim, { state: 'refused' }>;

/** Books a visit in a free Slot: never two visits for one wish, and never a Slot that is somebody else's. */
@Injectable()
export class BookAppointment {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly writes: WritesRepository,
    private readonly intake: Intake,
    private readonly offLimits: OffLimits,
  ) {}

  async run(caller: Context, wanted: AppointmentBooking): Promise<AppointmentBookingResult> {
    const ctx = detached(caller);
    const capabilities = await this.probe.capabilities(ctx, wanted.connectionId);
    if (!takesBooking(capabilities)) return { outcome: 'unsupported' };
    if (await this.isRestricted(ctx, wanted)) return { outcome: 'refused', code: 'forbidden' };
    const connected = await this.clients.of(ctx, wanted.connectionId);
    const row = await this.transactions.run(ctx, (tx) =>
      this.writes.ensure(
        tx,
        { ...wanted, type: 'Appointment' },
        { subject: wanted.patient, recipient: null, at: new Date(wanted.start) },
      ),
    );
    if (row.state === 'sent') return known(row);
    const lease = await this.transactions.run(ctx, (tx) => this.writes.take(tx, row.id));
    if (!lease) throw writeRunning();
    return this.settled({ ctx, connected, capabilities, lease, wanted });
  }

  /** Behind break-the-glass nothing is looked for and nothing made. */
  private isRestricted(ctx: Context, { connectionId, patient }: AppointmentBooking): Promise<boolean> {
    return this.transactions.run(ctx, (tx) => this.offLimits.any(tx, connectionId, [patient]));
  }

  private async settled(work: Work): Promise<AppointmentBookingResult> {
    try {
      const result = await this.once(work);
      await this.settle(work, settledAs(result));
      return result;
    } catch (error) {
      await this.settle(work, failureOf(error));
      throw error;
    }
  }

  /** As for a Communication: what may be there already is looked up before anything is sent again. */
  private async once(work: Work): Promise<AppointmentBookingResult> {
    const { capabilities, lease } = work;
    const isConditional = capabilities.conditionalCreate && capabilities.booking === 'slot';
    const before = isConditional && !lease.doubtful ? null : await this.find(work).catch(doubtStays(lease));
    if (before) return this.believe(work, { id: before.id!, how: 'existing' });
    if (lease.doubtful && lease.fresh && !isConditional) throw unknownOutcome();
    const secured = await this.secure(work);
    if ('outcome' in secured) return secured;
    if (!(await this.transactions.run(work.ctx, (tx) => this.writes.sending(tx, lease))))
      throw writeRunning();
    return this.send(work, secured);
  }

  private async secure(work: Work): Promise<Secured | AppointmentBookingResult> {
    const { capabilities, connected, wanted } = work;
    const holder = wanted.identifier.value;
    const secured = await claim(connected.client, slotId(wanted.slot), { holder, capabilities });
    if (secured.state === 'refused') return { outcome: 'refused', code: secured.code };
    const isAsTold = Date.parse(secured.slot.start) === Date.parse(wanted.start);
    return isAsTold ? secured : this.giveUp(work, secured, 'moved');
  }

  private async send(work: Work, secured: Secured): Promise<AppointmentBookingResult> {
    const { connected, capabilities, wanted } = work;
    const { client } = connected;
    const made = await sendBooking({
      client,
      bases: basesOf(connected.connection),
      capabilities,
      wanted,
      slot: secured.slot,
      key: work.lease.id,
    }).catch((error: unknown) => this.afterFailure(work, secured, error));
    if (made === 'slot-taken') return this.giveUp(work, secured, made);
    return 'outcome' in made ? made : this.believe(work, made);
  }

  private async afterFailure(
    work: Work,
    secured: Secured,
    error: unknown,
  ): Promise<AppointmentBookingResult> {
    if (!(error instanceof FhirFault)) throw error;
    // An EHR that knows the key says no more than that this was sent before.
    const isRepeated = error.status === 409 && work.capabilities.idempotencyHeader !== null;
    if (error.effect === 'unknown' || isRepeated) return this.lookAgain(work);
    if (error.retryable || error.status === null) {
      await this.giveUp(work, secured, error.code);
      throw error;
    }
    const isTaken = secured.state === 'kept' && !(await this.isFree(work));
    return this.giveUp(work, secured, isTaken ? 'slot-taken' : `http-${error.status}`);
  }

  private async lookAgain(work: Work): Promise<AppointmentBookingResult> {
    const visit = await this.find(work).catch(noFault);
    if (!visit) throw unknownOutcome();
    return this.believe(work, { id: visit.id!, how: 'created' });
  }

  private async giveUp(work: Work, { state }: Secured, code: string): Promise<AppointmentBookingResult> {
    const { slot, identifier } = work.wanted;
    if (state === 'claimed') await release(work.connected.client, slotId(slot), identifier.value);
    return { outcome: 'refused', code };
  }

  /** By the patient and the day: no EHR that books visits lacks this search, and few search them by identifier. */
  private async find({ connected, wanted }: Work): Promise<Appointment | null> {
    const at = Date.parse(wanted.start);
    const date = [`ge${instant(at - DAY_MS)}`, `lt${instant(at + DAY_MS)}`];
    const params = { patient: wanted.patient.replace('Patient/', ''), date };
    for await (const page of pagesOf(connected.client, 'Appointment', params)) {
      const ours = findBooking(page.resources, wanted, basesOf(connected.connection));
      if (ours) return ours;
      if (page.incomplete) throw incomplete();
    }
    return null;
  }

  /** Read back and compared, the visit and its Slot: an answer alone is no proof. */
  private async believe(work: Work, made: Exclude<Made, string>): Promise<AppointmentBookingResult> {
    const { ctx, connected, wanted } = work;
    const bases = basesOf(connected.connection);
    const { id: fhirId, how } = made;
    try {
      const found = await readState(connected.client, { type: 'Appointment', id: fhirId });
      if (found.state !== 'current') throw notTaken();
      const visit = found.resource as Appointment;
      await this.intake.take(ctx, connected, sortRows([visit], bases), 'all');
      const differs = differencesOfBooking(visit, wanted, { bases, how });
      if (differs.length === 0 && (await this.isFree(work))) differs.push('slot');
      if (differs.length > 0) return { outcome: 'not-taken', fhirId, differs };
      return { outcome: 'booked', fhirId, versionId: visit.meta?.versionId ?? null, how };
    } catch (error) {
      throw error instanceof FhirFault && error.retryable ? unknownOutcome() : error;
    }
  }

  private async isFree({ connected, wanted }: Work): Promise<boolean> {
    return (await slotNow(connected.client, { id: slotId(wanted.slot) }))?.status === 'free';
  }

  private settle({ ctx, lease }: Work, to: Settled): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.writes.settle(tx, lease, to));
  }
}

function known({ fhirId, versionId }: WriteEntity): AppointmentBookingResult {
  return { outcome: 'booked', fhirId: fhirId!, versionId, how: 'existing' };
}

function settledAs(result: AppointmentBookingResult): Settled {
  switch (result.outcome) {
    case 'booked':
      return { state: 'sent', fhirId: result.fhirId, versionId: result.versionId };
    case 'not-taken':
      return { state: 'unknown', faultCode: 'not-taken' };
    case 'refused':
      return { state: 'refused', faultCode: result.code };
    case 'unsupported':
      return { state: 'refused', faultCode: 'fhir.unsupported' };
  }
}

function failureOf(error: unknown): Settled {
  const fault = error instanceof FhirFault ? error : null;
  const faultCode = fault?.code ?? 'unexpected';
  if (fault === null || fault.effect === 'unknown') return { state: 'unknown', faultCode };
  return { state: fault.retryable ? 'pending' : 'refused', faultCode };
}

/** A search that failed takes no doubt away. */
function doubtStays({ doubtful }: WriteLease): (error: unknown) => never {
  return (error) => {
    throw doubtful && error instanceof FhirFault ? unknownOutcome() : error;
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
