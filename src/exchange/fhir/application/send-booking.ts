import type { Schedule, Slot } from 'fhir/r4.js';
import type { Capabilities } from '../domain/capabilities.js';
import { bookingOf } from '../domain/booking.js';
import { bookInput } from '../domain/operation-input.js';
import { visitsIn } from '../domain/visits-in.js';
import { withOwnReferences } from '../domain/own-references.js';
import { type Bases, isFhirId, parseReference } from '../domain/reference.js';
import type { AppointmentBooking } from '../domain/writes.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { FhirFault, unknownOutcome } from '../infrastructure/fhir-fault.js';

export interface Booking {
  client: FhirClient;
  /** Under which the EHR writes references to its own. */
  bases: Bases;
  capabilities: Capabilities;
  wanted: AppointmentBooking;
  slot: Slot;
  /** A UUID that stays the same however often this wish is sent, for an EHR that asks for one. */
  key: Uuid;
}

/** The visit's id, or that the EHR gave the Slot to somebody else. */
export type Made = { id: string; how: 'created' | 'existing' } | 'slot-taken';

/** Sends a booking, in the way that this EHR offers. Throws what a call throws. */
export async function sendBooking(booking: Booking): Promise<Made> {
  return booking.capabilities.booking === 'operation' ? byOperation(booking) : byCreate(booking);
}

/** IHE ITI Scheduling 1.0 $book: a pending visit goes in, it comes back booked, or cancelled when it cannot be had. */
async function byOperation({ client, bases, wanted, slot, ...booking }: Booking): Promise<Made> {
  const { reschedule } = booking.capabilities;
  const booked = bookingOf(wanted, { slot, schedule: await scheduleOf(client, slot, bases), reschedule });
  const answer = await client.operation('Appointment', 'book', bookInput(booked));
  const [visit] = visitsIn(answer.resource);
  if (visit?.status === 'cancelled') return 'slot-taken';
  if (!isFhirId(visit?.id)) throw unknownOutcome();
  return { id: visit.id, how: 'created' };
}

async function byCreate({ client, bases, wanted, slot, capabilities, key }: Booking): Promise<Made> {
  const { reschedule, conditionalCreate, idempotencyHeader } = capabilities;
  const schedule = reschedule === 'slot' ? null : await scheduleOf(client, slot, bases);
  const { system, value } = wanted.identifier;
  const condition = new URLSearchParams({ identifier: `${system}|${value}` }).toString();
  const answer = await client.create(
    bookingOf(wanted, { slot, schedule, reschedule }),
    conditionalCreate ? condition : undefined,
    idempotencyHeader === null ? {} : { [idempotencyHeader]: key },
  );
  const made =
    visitsIn(answer.resource)[0]?.id ?? /\/Appointment\/([^/?#]+)/.exec(answer.location ?? '')?.[1];
  // Created, but not said where: only a search can tell.
  if (!isFhirId(made)) throw unknownOutcome();
  return { id: made, how: answer.status === 200 ? 'existing' : 'created' };
}

/** Whose Slot it is. A Schedule that cannot be read leaves the visit with its patient and times. */
async function scheduleOf(client: FhirClient, { schedule }: Slot, bases: Bases): Promise<Schedule | null> {
  const key = parseReference(schedule?.reference, bases);
  if (key?.type !== 'Schedule') return null;
  try {
    return withOwnReferences((await client.read('Schedule', key.id)).resource as Schedule, bases);
  } catch (error) {
    if (error instanceof FhirFault && !error.retryable) return null;
    throw error;
  }
}
