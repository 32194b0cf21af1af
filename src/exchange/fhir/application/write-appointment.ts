import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import {
  differencesOf,
  type Manner,
  patchFor,
  slotsHeld,
  standingOf,
  updateFor,
} from '../domain/appointment-change.js';
import { basesOf } from '../domain/connection.js';
import { takes } from '../domain/appointment-level.js';
import type { Capabilities } from '../domain/capabilities.js';
import { sortRows } from '../domain/incoming.js';
import { checkRow } from '../domain/row-checks.js';
import type { AppointmentWrite, AppointmentWriteResult } from '../domain/writes.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import { FhirFault, noFault, unknownOutcome } from '../infrastructure/fhir-fault.js';
import { Intake } from './intake.js';
import { readState } from './live-read.js';
import { aim, type Aim, clear, type Departure, giveUp, holderOf, leaving } from './moving.js';
import { OffLimits } from './off-limits.js';
import { Probe } from './probe.js';

/** Somebody at the desk may be working on the same visit: three rounds, then a person decides. */
const ROUNDS = 3;

/** A visit in one of these holds no Slot any more. */
const ENDED = new Set<Appointment['status']>(['cancelled', 'entered-in-error', 'noshow']);

interface Work {
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  write: AppointmentWrite;
  /** Where a visit that moves goes to; null for any other change. */
  aim: Aim | null;
  manner: Manner;
}

type Read = { visit: Appointment } | { refused: AppointmentWriteResult };
type Sent = 'accepted' | 'stale' | 'unknown' | { refused: AppointmentWriteResult };

/** Changes a visit in the EHR and believes it only when it has been read back. */
@Injectable()
export class WriteAppointment {
  constructor(
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly intake: Intake,
    private readonly transactions: Transactions,
    private readonly offLimits: OffLimits,
  ) {}

  async run(ctx: Context, write: AppointmentWrite): Promise<AppointmentWriteResult> {
    const capabilities = await this.probe.capabilities(ctx, write.connectionId);
    if (!takes(capabilities, write.change)) return { outcome: 'unsupported' };
    if (await this.isRestricted(ctx, write)) return { outcome: 'refused', code: 'forbidden' };
    const connected = await this.clients.of(ctx, write.connectionId);
    const bases = basesOf(connected.connection);
    const manner = {
      bases,
      level: capabilities.appointmentWrite,
      reschedule: capabilities.reschedule,
      target: null,
    };
    const work = { ctx, connected, capabilities, write, aim: null, manner };
    return 'moveTo' in write.change ? this.move(work) : this.rounds(work);
  }

  /** Behind break-the-glass: asking again would be another break-in. */
  private isRestricted(ctx: Context, { connectionId, fhirId }: AppointmentWrite): Promise<boolean> {
    const visit = `Appointment/${fhirId}`;
    return this.transactions.run(ctx, (tx) => this.offLimits.any(tx, connectionId, [visit]));
  }

  /** The new slot is secured before the visit lets go of the old one; what was secured in vain is given back. */
  private async move(work: Work): Promise<AppointmentWriteResult> {
    const { connected, capabilities, write } = work;
    if (!('moveTo' in write.change)) throw new Error('only a move has an aim');
    const found = await aim(connected.client, write.change.moveTo, { fhirId: write.fhirId, capabilities });
    if ('refused' in found) return this.unlessDone(work, found);
    const moving = { ...work, aim: found, manner: { ...work.manner, target: found.target } };
    try {
      const result = await this.rounds(moving);
      if (isInVain(result)) await this.giveUp(moving, found);
      return result;
    } catch (error) {
      // What may have been carried out may hold the slot: the next try finds our mark on it.
      if (error instanceof FhirFault && error.effect === 'not-done') await this.giveUp(moving, found);
      throw error;
    }
  }

  /** Unless the visit is there: by an earlier try whose answer was lost. What cannot be read may hold it. */
  private async giveUp(work: Work, found: Aim): Promise<void> {
    if (found.claimed === null) return;
    const read = await this.read(work, false).catch(noFault);
    if (read !== undefined && !mayHold(read, `Slot/${found.claimed}`, work.manner.bases))
      await giveUp(work.connected.client, found, work.write.fhirId);
  }

  /** A slot that is taken may be taken by this very visit: an earlier try whose answer was lost. */
  private async unlessDone(work: Work, { refused, slot }: { refused: string; slot: string }) {
    const read = await this.read(work, false);
    const holds = 'visit' in read && slotsHeld(read.visit, work.manner.bases).includes(slot);
    if (holds) return this.written(work, read.visit);
    return { outcome: 'refused' as const, code: refused };
  }

  private async rounds(work: Work): Promise<AppointmentWriteResult> {
    let unsure = false;
    let departure: Departure | null = null;
    for (let round = 1; round <= ROUNDS; round++) {
      const read = await this.read(work, unsure);
      if ('refused' in read) return read.refused;
      const standing = standingOf(read.visit, work.write, work.manner);
      if (standing.state === 'done') return this.arrived(work, read.visit, unsure ? departure : null);
      if (standing.state === 'refused') return { outcome: 'refused', code: standing.code };
      departure = await this.departure(work, read.visit);
      const sent = await send(work, read.visit);
      if (typeof sent === 'object') return sent.refused;
      if (sent === 'accepted') return this.readBack(work, read.visit, departure);
      unsure = sent === 'unknown';
    }
    if (unsure) throw unknownOutcome();
    return { outcome: 'refused', code: 'version-conflict' };
  }

  /** Seen before the visit moves: with the version of then nobody else's booking is touched. */
  private departure({ connected, manner, aim: moving }: Work, visit: Appointment): Promise<Departure | null> {
    if (!moving) return Promise.resolve(null);
    return leaving(connected.client, slotsHeld(visit, manner.bases), moving);
  }

  /** After a write whose answer never came, only a read can tell: when that fails too, the outcome stays unknown. */
  private async read({ connected, write }: Work, unsure: boolean): Promise<Read> {
    try {
      const found = await readState(connected.client, { type: 'Appointment', id: write.fhirId });
      if (found.state !== 'current') return { refused: { outcome: 'refused', code: found.state } };
      const check = checkRow('Appointment', found.resource, basesOf(connected.connection));
      if (check.state === 'invalid') return { refused: { outcome: 'refused', code: 'invalid' } };
      return { visit: found.resource as Appointment };
    } catch (error) {
      if (unsure && error instanceof FhirFault && error.retryable) throw unknownOutcome();
      throw error;
    }
  }

  private async readBack(
    work: Work,
    before: Appointment,
    departure: Departure | null,
  ): Promise<AppointmentWriteResult> {
    const read = await this.read(work, true);
    if ('refused' in read) return read.refused;
    const { change } = work.write;
    const differs = differencesOf(read.visit, { before, change }, work.manner);
    if (differs.length === 0) return this.arrived(work, read.visit, departure);
    await this.takeIn(work, read.visit);
    return { outcome: 'not-taken', differs };
  }

  private async arrived(work: Work, visit: Appointment, departure: Departure | null) {
    const left = departure && (await clear(work.connected.client, departure, holdersOf(visit)));
    return { ...(await this.written(work, visit)), ...(left && { notReleased: left }) };
  }

  private async written(work: Work, visit: Appointment) {
    await this.takeIn(work, visit);
    return { outcome: 'written' as const, versionId: visit.meta?.versionId ?? null };
  }

  /** What was read back is news like any other. */
  private async takeIn({ ctx, connected }: Work, visit: Appointment): Promise<void> {
    await this.intake.take(ctx, connected, sortRows([visit], basesOf(connected.connection)), 'all');
  }
}

/** A visit that was booked by us has the Slot under its booking's identifier. */
function holdersOf({ id = '', identifier = [] }: Appointment): string[] {
  return [holderOf(id), ...identifier.flatMap(({ value }) => value ?? [])];
}

function mayHold(read: Read, slot: string, bases: Manner['bases']): boolean {
  if ('refused' in read) return !('code' in read.refused && read.refused.code === 'gone');
  return !ENDED.has(read.visit.status) && slotsHeld(read.visit, bases).includes(slot);
}

function isInVain(result: AppointmentWriteResult): boolean {
  return result.outcome === 'refused' || (result.outcome === 'not-taken' && result.differs.includes('slot'));
}

async function send(work: Work, visit: Appointment): Promise<Sent> {
  const { connected, write, manner } = work;
  const version = visit.meta?.versionId;
  // Without a version there is no If-Match, and without If-Match a change by the desk could be lost.
  if (version === undefined) return { refused: { outcome: 'refused', code: 'no-version' } };
  const ifMatch = `W/"${version}"`;
  const { client } = connected;
  try {
    if (isSentWhole(work)) await client.update(updateFor(visit, write.change, manner), ifMatch, visit);
    else await client.patch(keyOf(write.fhirId), patchFor(visit, write.change, manner), ifMatch);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    return sentOf(error);
  }
}

function isSentWhole({ capabilities, aim: moving }: Work): boolean {
  if (moving) return capabilities.reschedule === 'update';
  return capabilities.appointmentWriteBy === 'update';
}

function sentOf(fault: FhirFault): Sent {
  if (fault.effect === 'unknown') return 'unknown';
  if (fault.retryable || fault.status === null) throw fault;
  if (fault.status === 409 || fault.status === 412) return 'stale';
  return { refused: { outcome: 'refused', code: `http-${fault.status}` } };
}

function keyOf(fhirId: string): { type: string; id: string } {
  return { type: 'Appointment', id: fhirId };
}
