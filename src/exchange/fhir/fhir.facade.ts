import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context } from '../../platform/context/context.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Connections, type ConnectionState } from './application/connections.js';
import { LiveRead } from './application/live-read.js';
import { Probe } from './application/probe.js';
import { Sinks } from './application/sinks.js';
import { Sync } from './application/sync.js';
import { WriteAppointment } from './application/write-appointment.js';
import { WriteCommunication } from './application/write-communication.js';
import type { Capabilities } from './domain/capabilities.js';
import type { SyncFigures } from './domain/figures.js';
import type { FollowedType, MergeSink, ReadResult, Sink } from './domain/rows.js';
import type {
  AppointmentWrite,
  AppointmentWriteResult,
  CommunicationWrite,
  CommunicationWritten,
} from './domain/writes.js';

/** The hospital's EHR: the only speaker to it. */
@Injectable()
export class FhirFacade {
  constructor(
    private readonly sinks: Sinks,
    private readonly all: Connections,
    private readonly live: LiveRead,
    private readonly probe: Probe,
    private readonly appointments: WriteAppointment,
    private readonly communications: WriteCommunication,
    private readonly syncing: Sync,
  ) {}

  /**
   * Registers, while the modules start, who receives the rows of a type, in the transaction that stores them: what a
   * sink throws undoes them. Patients, practitioners and places are committed before the visits that name them.
   */
  onPage<T extends FollowedType>(type: T, sink: Sink<T>): void {
    this.sinks.add(type, sink);
  }

  /**
   * The same for patients whom the EHR answers for no more, because it sends their readers on to another record. That
   * one has not been read; a redirect is told again each time that it is met.
   */
  onMerge(sink: MergeSink): void {
    this.sinks.addMerge(sink);
  }

  /** `Patient/1` as this EHR writes it, from a reference relative or absolute; null for another server's. */
  async ownReference(ctx: Context, connectionId: Uuid, reference: string): Promise<string | null> {
    return this.live.ownReference(ctx, connectionId, reference);
  }

  /** From now on this patient is followed as long as the other, whose visits are this one's. */
  followAsLongAs(ctx: Context, connectionId: Uuid, fhirId: string, otherFhirId: string): Promise<void> {
    return this.live.followAsLongAs(ctx, connectionId, fhirId, otherFhirId);
  }

  /**
   * Reads one resource now (`Appointment/123`) and, when it is new or changed, hands it to the sinks first.
   * Throws `fhir.unavailable` and `fhir.limited` (retryable), `fhir.reference` for what is no reference of this EHR.
   */
  read(ctx: Context, connectionId: Uuid, reference: string): Promise<ReadResult> {
    return this.live.read(ctx, connectionId, reference);
  }

  /** Searches now, to the last page. Throws as read does; an answer that may be incomplete is `fhir.incomplete`. */
  search(
    ctx: Context,
    connectionId: Uuid,
    type: string,
    params: Record<string, string>,
  ): Promise<FhirResource[]> {
    return this.live.search(ctx, connectionId, { type, params });
  }

  /**
   * Reads, changes with If-Match, reads back and compares. Repeating it is safe. Throws `fhir.unavailable` and
   * `fhir.unknown-outcome`, both retryable.
   */
  writeAppointment(ctx: Context, write: AppointmentWrite): Promise<AppointmentWriteResult> {
    return this.appointments.run(ctx, write);
  }

  /**
   * Leaves exactly one Communication with this identifier in the EHR, however often it is called, and reads it back.
   * Throws `fhir.unavailable`, `fhir.unknown-outcome` and `fhir.not-taken` (retryable); `fhir.refused`,
   * `fhir.unsupported` and `fhir.altered` (not retryable).
   */
  writeCommunication(ctx: Context, write: CommunicationWrite): Promise<CommunicationWritten> {
    return this.communications.run(ctx, write);
  }

  /** What this EHR can do; asks it when nobody has yet. Throws `fhir.unavailable`, not-found. */
  capabilities(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    return this.probe.capabilities(ctx, connectionId);
  }

  /** The hospital's EHR connections, by name. */
  connections(ctx: Context): Promise<{ id: Uuid; name: string }[]> {
    return this.all.names(ctx);
  }

  /** How each EHR connection was when last seen. No network. */
  states(ctx: Context): Promise<ConnectionState[]> {
    return this.all.states(ctx);
  }

  /** Syncs one EHR now, after a sync under way. Throws as read does, `fhir.sync-running` (retryable), not-found. */
  sync(ctx: Context, connectionId: Uuid): Promise<SyncFigures> {
    return this.syncing.runNow(ctx, connectionId);
  }
}
