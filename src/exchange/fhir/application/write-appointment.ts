import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { isDone, patchFor, standingOf, updateFor } from '../domain/appointment-change.js';
import type { Capabilities } from '../domain/capabilities.js';
import { basesOf } from '../domain/connection.js';
import { sortRows } from '../domain/incoming.js';
import { checkRow } from '../domain/row-checks.js';
import type { AppointmentChange, AppointmentWrite, AppointmentWriteResult } from '../domain/writes.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import { FhirFault, unknownOutcome } from '../infrastructure/fhir-fault.js';
import { Intake } from './intake.js';
import { readState } from './live-read.js';
import { Probe } from './probe.js';

/** Somebody at the desk may be working on the same visit: three rounds, then a person decides. */
const ROUNDS = 3;

interface Work {
  ctx: Context;
  connected: Connected;
  by: Exclude<Capabilities['appointmentWriteBy'], 'none'>;
  write: AppointmentWrite;
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
  ) {}

  async run(ctx: Context, write: AppointmentWrite): Promise<AppointmentWriteResult> {
    const capabilities = await this.probe.capabilities(ctx, write.connectionId);
    const { appointmentWriteBy: by } = capabilities;
    if (by === 'none' || !takes(capabilities, write.change)) return { outcome: 'unsupported' };
    const connected = await this.clients.of(ctx, write.connectionId);
    return this.rounds({ ctx, connected, by, write });
  }

  private async rounds(work: Work): Promise<AppointmentWriteResult> {
    let unsure = false;
    for (let round = 1; round <= ROUNDS; round++) {
      const read = await this.read(work, unsure);
      if ('refused' in read) return read.refused;
      const standing = standingOf(read.visit, work.write, basesOf(work.connected.connection));
      if (standing.state === 'done') return this.written(work, read.visit);
      if (standing.state === 'refused') return { outcome: 'refused', code: standing.code };
      const sent = await send(work, read.visit);
      if (typeof sent === 'object') return sent.refused;
      if (sent === 'accepted') return this.readBack(work);
      unsure = sent === 'unknown';
    }
    if (unsure) throw unknownOutcome();
    return { outcome: 'refused', code: 'version-conflict' };
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

  private async readBack(work: Work): Promise<AppointmentWriteResult> {
    const read = await this.read(work, true);
    if ('refused' in read) return read.refused;
    const bases = basesOf(work.connected.connection);
    return isDone(read.visit, work.write.change, bases)
      ? this.written(work, read.visit)
      : { outcome: 'not-taken' };
  }

  /** What was read back is news like any other. */
  private async written({ ctx, connected }: Work, visit: Appointment): Promise<AppointmentWriteResult> {
    await this.intake.take(ctx, connected, sortRows([visit], basesOf(connected.connection)), 'all');
    return { outcome: 'written', versionId: visit.meta?.versionId ?? null };
  }
}

/** L1 takes a change of status and nothing of the participants. */
function takes({ appointmentWrite }: Capabilities, change: AppointmentChange): boolean {
  if (appointmentWrite === 'L0') return false;
  return 'status' in change || appointmentWrite !== 'L1';
}

async function send({ connected, by, write }: Work, visit: Appointment): Promise<Sent> {
  const { client, connection } = connected;
  const version = visit.meta?.versionId;
  // Without a version there is no If-Match, and without If-Match a change by the desk could be lost.
  if (version === undefined) return { refused: { outcome: 'refused', code: 'no-version' } };
  const ifMatch = `W/"${version}"`;
  try {
    if (by === 'update')
      await client.update(updateFor(visit, write.change, basesOf(connection)), ifMatch, visit);
    else await client.patch(keyOf(write.fhirId), patchFor(visit, write.change, basesOf(connection)), ifMatch);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    return sentOf(error);
  }
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
