import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { BookAppointment } from './application/book-appointment.js';
import { Connections, type ConnectionState } from './application/connections.js';
import { FindSlots } from './application/find-slots.js';
import { LiveRead } from './application/live-read.js';
import { LiveWindow, type LiveWindowRows } from './application/live-window.js';
import { ShowKept } from './application/kept/show-kept.js';
import { Survivors } from './application/kept/survivors.js';
import { WriteOrKeep } from './application/kept/write-or-keep.js';
import { Outbox } from './application/outbox.js';
import { type Described, Probe } from './application/probe.js';
import { Retract } from './application/retract.js';
import { Sinks } from './application/sinks.js';
import { SummaryRoutes } from './application/summary-routes.js';
import { Sync } from './application/sync.js';
import { WriteAppointment } from './application/write-appointment.js';
import type { Capabilities, SummaryCarrier } from './domain/capabilities.js';
import type { ContactFlag, EscrowKey } from './domain/connection.js';
import type { SyncFigures } from './domain/figures.js';
import type {
  AskSurvivor,
  FollowedType,
  FoundBy,
  MergeSink,
  ReadResult,
  ReferencedBy,
  Sink,
} from './domain/rows.js';
import type { KeepableResource, Kept, KeptWhole, WrittenOrKept } from './domain/kept.js';
import type { SummaryRoute } from './domain/summary-route.js';
import { takes } from './domain/appointment-level.js';
import type {
  AppointmentBooking,
  AppointmentBookingResult,
  AppointmentChange,
  AppointmentWrite,
  AppointmentWriteResult,
  CommunicationWrite,
  FreeSlot,
  ResourceWrite,
  ResourceWritten,
  Retraction,
  RetractionResult,
  SlotQuery,
} from './domain/writes.js';

/** The hospital's EHR: the only speaker to it. */
@Injectable()
export class FhirFacade {
  constructor(
    private readonly sinks: Sinks,
    private readonly all: Connections,
    private readonly live: LiveRead,
    private readonly windows: LiveWindow,
    private readonly probe: Probe,
    private readonly appointments: WriteAppointment,
    private readonly bookings: BookAppointment,
    private readonly slots: FindSlots,
    private readonly outbox: Outbox,
    private readonly keeping: WriteOrKeep,
    private readonly kept: ShowKept,
    private readonly survivors: Survivors,
    private readonly retracting: Retract,
    private readonly routes: SummaryRoutes,
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

  /** Registers, while the modules start, who knows which record stands for a merged one: what is kept is written there. */
  registerSurvivor(ask: AskSurvivor): void {
    this.survivors.register(ask);
  }

  /** `Patient/1` as this EHR writes it, from a reference relative or absolute; null for another server's. */
  async ownReference(ctx: Context, connectionId: Uuid, reference: string): Promise<string | null> {
    return this.live.ownReference(ctx, connectionId, reference);
  }

  /** Those of these records (`Patient/1`) that the EHR keeps behind break-the-glass, as last found. No network. */
  restrictedAmong(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<Set<string>> {
    return this.live.restrictedAmong(ctx, connectionId, references);
  }

  /** From now on this patient is followed as long as the other, whose visits are this one's. */
  followAsLongAs(ctx: Context, connectionId: Uuid, fhirId: string, otherFhirId: string): Promise<void> {
    return this.live.followAsLongAs(ctx, connectionId, fhirId, otherFhirId);
  }

  /**
   * Reads one resource now (`Appointment/123`) and, when it is new or changed, hands it to the sinks first.
   * Throws `fhir.unavailable` and `fhir.limited` (retryable), `fhir.reference` for what is no reference of this EHR.
   */
  read<R extends string>(
    ctx: Context,
    connectionId: Uuid,
    reference: R,
  ): Promise<ReadResult<ReferencedBy<R>>> {
    return this.live.read(ctx, connectionId, reference) as Promise<ReadResult<ReferencedBy<R>>>;
  }

  /**
   * Searches now, to the last page; what the EHR adds of other types is left out. Throws as read does; an answer that may
   * be incomplete is `fhir.incomplete`, a search about a record behind break-the-glass `fhir.restricted`.
   */
  async search<T extends string>(
    ctx: Context,
    connectionId: Uuid,
    type: T,
    params: Record<string, string>,
  ): Promise<FoundBy<T>[]> {
    const found = await this.live.search(ctx, connectionId, { type, params });
    return found.filter(({ resourceType }) => resourceType === type) as FoundBy<T>[];
  }

  /**
   * The visits that begin in a window (from ≤ start < until) as the EHR has them now, by the same searches as a scan;
   * those that are known to begin in it and were not shown are read by their ids. Nothing is taken in. What the EHR leaves
   * out or does not answer for is named with the cause. Throws not-found, `fhir.paused`, and as search does when nothing
   * is answered at all.
   */
  window(ctx: Context, connectionId: Uuid, days: { from: Date; until: Date }): Promise<LiveWindowRows> {
    return this.windows.run(ctx, connectionId, { from: days.from, to: days.until });
  }

  /** Whether it is one of this EHR's quiet hours, in which nothing is asked that nobody waits for. Throws not-found. */
  isQuiet(ctx: Context, connectionId: Uuid): Promise<boolean> {
    return this.windows.isQuiet(ctx, connectionId);
  }

  /**
   * Searches now and hands what is new or changed to the sinks first; rows that cannot be used are put aside. Returns
   * the FHIR ids that the search showed. Throws as search does.
   */
  bring(
    ctx: Context,
    connectionId: Uuid,
    type: FollowedType,
    params: Record<string, string>,
  ): Promise<string[]> {
    return this.live.bring(ctx, connectionId, { type, params });
  }

  /**
   * Reads, changes with If-Match, reads back and compares; a visit that moves to a Slot has it secured first. Repeating it
   * is safe. Throws `fhir.unavailable` and `fhir.unknown-outcome`, both retryable.
   */
  writeAppointment(ctx: Context, write: AppointmentWrite): Promise<AppointmentWriteResult> {
    return this.appointments.run(ctx, write);
  }

  /**
   * Whether this EHR takes such a change of a visit, as it was last found; null when nobody has asked it yet. No network.
   * Throws not-found.
   */
  async takes(ctx: Context, connectionId: Uuid, change: AppointmentChange): Promise<boolean | null> {
    const capabilities = await this.probe.known(ctx, connectionId);
    return capabilities && takes(capabilities, change);
  }

  /**
   * Books a visit in a free Slot: reads the Slot again, books, and reads both back. However often it is called with one
   * identifier, there is one visit. Refused as `forbidden` for a patient record behind break-the-glass; whether another
   * record of the person is, is for the caller to ask (`patients.isRestricted`). Throws `fhir.unavailable`,
   * `fhir.unknown-outcome` and `fhir.not-taken`, all retryable, and `fhir.reference`.
   */
  bookAppointment(ctx: Context, booking: AppointmentBooking): Promise<AppointmentBookingResult> {
    return this.bookings.run(ctx, booking);
  }

  /**
   * Free Slots now, the soonest first. Throws `fhir.unsupported` where nobody can book, `fhir.slots-by-service` where a
   * service must be named, and as read does.
   */
  findSlots(ctx: Context, connectionId: Uuid, query: SlotQuery): Promise<FreeSlot[]> {
    return this.slots.run(ctx, connectionId, query);
  }

  /**
   * Leaves exactly one Communication with this identifier in the EHR, however often it is called, and reads it back.
   * Throws `fhir.unavailable`, `fhir.unknown-outcome` and `fhir.not-taken` (retryable); `fhir.content-refused` (another
   * form may be taken), `fhir.altered` (the same; that copy was withdrawn, or staff were told), `fhir.misfiled`,
   * `fhir.refused`, `fhir.restricted`, `fhir.unsupported`, `fhir.several-copies`, `fhir.cannot-look-up` and
   * `fhir.withdrawn` (not retryable).
   */
  writeCommunication(ctx: Context, write: CommunicationWrite): Promise<ResourceWritten> {
    return this.outbox.run(ctx, write);
  }

  /**
   * The same for what else an EHR may take: DocumentReference, Observation, QuestionnaireResponse, Provenance. Where it
   * offers none it throws `fhir.unsupported`; what shall not be lost then is for writeOrKeep.
   */
  writeResource(ctx: Context, write: ResourceWrite): Promise<ResourceWritten> {
    return this.outbox.run(ctx, write);
  }

  /**
   * The same for what is of use to whoever treats the patient: where the EHR does not offer to take it, it is kept here,
   * sealed under the patient's key, shown by `keptOf`, and written once the EHR is found to offer it. Repeating it is safe;
   * what was kept first stays. Throws as writeResource does but for that, and `fhir.reference` for a subject who is no
   * patient of this EHR.
   */
  writeOrKeep(ctx: Context, write: ResourceWrite<KeepableResource>): Promise<WrittenOrKept> {
    return this.keeping.run(ctx, write);
  }

  /** What was kept about these records, newest first, without content; `after` is the last id of the page before. */
  keptOf(
    ctx: Context,
    patientIds: readonly Uuid[],
    page: { after: string | null; limit: number },
  ): Promise<Kept[]> {
    return this.kept.list(ctx, patientIds, page);
  }

  /** One of them with its content: PHI. Null when it is not about one of these records. */
  keptResource(ctx: Context, id: Uuid, patientIds: readonly Uuid[]): Promise<KeptWhole | null> {
    return this.kept.get(ctx, id, patientIds);
  }

  /**
   * Takes a Communication of ours back: every copy becomes entered-in-error. Repeating it is safe, and what has not gone
   * out yet never does. Throws as writeCommunication does.
   */
  retractCommunication(ctx: Context, retraction: Retraction): Promise<RetractionResult> {
    return this.retracting.run(ctx, retraction);
  }

  /** How a summary travels into this EHR; asks the EHR when nobody has yet. Throws `fhir.unavailable`, not-found. */
  summaryRoute(ctx: Context, connectionId: Uuid): Promise<SummaryRoute> {
    return this.routes.of(ctx, connectionId);
  }

  /** Remembers what this EHR took after it had refused the carrier before. */
  learnCarrier(ctx: Context, connectionId: Uuid, carrier: SummaryCarrier): Promise<void> {
    return this.routes.learn(ctx, connectionId, carrier);
  }

  /** The hospital's own key, for which each summary is sealed too; null: none. No network. Throws not-found. */
  escrowKeyOf(ctx: Context, connectionId: Uuid): Promise<EscrowKey | null> {
    return this.routes.escrowKeyOf(ctx, connectionId);
  }

  /** By which marks on a Patient this EHR says that somebody is not to be written to. No network. Throws not-found. */
  contactFlags(ctx: Context, connectionId: Uuid): Promise<ContactFlag[]> {
    return this.all.contactFlags(ctx, connectionId);
  }

  /** What this EHR can do; asks it when nobody has yet. Throws `fhir.unavailable`, not-found. */
  capabilities(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    return this.probe.capabilities(ctx, connectionId);
  }

  /** The same as a table in words, who said what, as it is when the connection is switched on. Throws `fhir.paused` too. */
  describe(ctx: Context, connectionId: Uuid): Promise<Described> {
    return this.probe.described(ctx, connectionId);
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
