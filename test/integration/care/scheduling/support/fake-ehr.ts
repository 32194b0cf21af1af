import type { Appointment, FhirResource, Location } from 'fhir/r4.js';
import type {
  AppointmentChange,
  AppointmentWrite,
  AppointmentWriteResult,
  FhirPage,
  FhirRow,
  FreeSlot,
  ReadResult,
  Sink,
  SlotQuery,
} from '../../../../../src/exchange/fhir/index.js';
import type { Context } from '../../../../../src/platform/context/context.js';
import type { Transactions } from '../../../../../src/platform/database/transactions.js';
import { Fault } from '../../../../../src/platform/errors/fault.js';
import { newId, type Uuid } from '../../../../../src/platform/ids/ids.js';

interface Kept {
  resourceId: Uuid;
  versionId: number;
  resource: Appointment;
}

/** Stands in for the fhir door: one EHR with versions, write levels and moods. */
export class FakeEhr {
  readonly connectionId = newId();
  level: 'L0' | 'L1' | 'L2' = 'L2';
  mood: 'well' | 'away' | 'forbidden' | 'ignores-writes' | 'takes-otherwise' | 'loses-answers' = 'well';
  /** Whether a read hands what it found to the sinks, as the product does unless it cannot meet the patients. */
  feeds = true;
  reads = 0;
  writes = 0;
  /** Runs between a read's answer and its return. */
  afterRead: (() => Promise<void>) | null = null;

  private readonly rows = new Map<string, Kept>();
  private readonly sinks = new Map<string, Sink<'Appointment'>>();
  private transactions: Transactions;

  use(transactions: Transactions): void {
    this.transactions = transactions;
  }

  reset(): void {
    this.rows.clear();
    this.others.clear();
    Object.assign(this, { level: 'L2', mood: 'well', feeds: true, reads: 0, writes: 0, afterRead: null });
  }

  onPage(type: string, sink: Sink<'Appointment'>): void {
    this.sinks.set(type, sink);
  }

  /** The EHR's staff make or change an Appointment. */
  put(resource: Appointment): void {
    const known = this.rows.get(resource.id!);
    this.rows.set(resource.id!, {
      resourceId: known?.resourceId ?? newId(),
      versionId: (known?.versionId ?? 0) + 1,
      resource: structuredClone(resource),
    });
  }

  get(fhirId: string): Appointment {
    return this.rows.get(fhirId)!.resource;
  }

  remove(fhirId: string): void {
    this.rows.delete(fhirId);
  }

  /** A sweep: every row goes to the sink, as in a first crawl. */
  async sync(ctx: Context): Promise<void> {
    await this.page(ctx, {
      connectionId: this.connectionId,
      changed: [...this.rows.keys()].map((id) => this.row(id)),
      gone: [],
    });
  }

  async syncLocation(ctx: Context, resource: Location): Promise<void> {
    const row = {
      resourceId: newId(),
      connectionId: this.connectionId,
      fhirId: resource.id!,
      versionId: '1',
      resource,
    };
    const sink = this.sinks.get('Location') as unknown as Sink<'Location'>;
    await this.transactions.run(ctx, (tx) =>
      sink(tx, { connectionId: this.connectionId, changed: [row], gone: [] }),
    );
  }

  /** It holds no Consent, and marks nobody. */
  async capabilities(): Promise<{ reads: string[] }> {
    return { reads: ['Appointment', 'Location', 'Patient'] };
  }

  async contactFlags(): Promise<[]> {
    return [];
  }

  async read(ctx: Context, _connectionId: Uuid, reference: string): Promise<ReadResult> {
    this.reads += 1;
    if (this.mood === 'away') throw away('fhir.unavailable');
    if (this.mood === 'forbidden') return { state: 'forbidden' };
    const [type, fhirId] = reference.split('/') as [string, string];
    if (type !== 'Appointment') return this.readOther(ctx, reference);
    if (!this.rows.has(fhirId)) return { state: 'gone' };
    const row = this.row(fhirId);
    if (this.feeds) await this.page(ctx, { connectionId: this.connectionId, changed: [row], gone: [] });
    await this.afterRead?.();
    return { state: 'current', row };
  }

  /** Services, roles, schedules, slots and places, by reference. */
  readonly others = new Map<string, FhirResource>();

  private async readOther(ctx: Context, reference: string): Promise<ReadResult> {
    const resource = this.others.get(reference);
    if (!resource) return { state: 'gone' };
    if (resource.resourceType === 'Location') await this.syncLocation(ctx, resource);
    const fhirId = reference.split('/')[1]!;
    const row = {
      resourceId: newId(),
      connectionId: this.connectionId,
      fhirId,
      versionId: '1',
      resource,
    };
    return { state: 'current', row };
  }

  slots: FreeSlot[] = [];

  async findSlots(
    _ctx: Context,
    _connectionId: Uuid,
    { from, until, limit }: SlotQuery,
  ): Promise<FreeSlot[]> {
    return this.slots.filter(({ start }) => start >= from && start < until).slice(0, limit);
  }

  /** Like the product, from what was found of this EHR before: no request. */
  async takes(_ctx: Context, _connectionId: Uuid, change: AppointmentChange): Promise<boolean> {
    return this.level !== 'L0' && (this.level !== 'L1' || 'status' in change);
  }

  async writeAppointment(ctx: Context, write: AppointmentWrite): Promise<AppointmentWriteResult> {
    this.writes += 1;
    if (this.mood === 'away') throw away('fhir.unavailable');
    const row = this.rows.get(write.fhirId)!;
    const { change, expect } = write;
    if (expect?.start && Date.parse(expect.start) !== Date.parse(row.resource.start!)) {
      return { outcome: 'refused', code: 'moved' };
    }
    if (!(await this.takes(ctx, write.connectionId, change))) return { outcome: 'unsupported' };
    if (this.mood === 'ignores-writes') return { outcome: 'not-taken', differs: ['status'] };
    this.put(changed(row.resource, change));
    if (this.mood === 'takes-otherwise') {
      await this.page(ctx, { connectionId: this.connectionId, changed: [this.row(write.fhirId)], gone: [] });
      return { outcome: 'not-taken', differs: ['reason'] };
    }
    if (this.mood === 'loses-answers') throw away('fhir.unknown-outcome');
    return { outcome: 'written', versionId: String(this.rows.get(write.fhirId)!.versionId) };
  }

  private row(fhirId: string): FhirRow<Appointment> {
    const { resourceId, versionId, resource } = this.rows.get(fhirId)!;
    return {
      resourceId,
      connectionId: this.connectionId,
      fhirId,
      versionId: String(versionId),
      resource: structuredClone(resource),
    };
  }

  private async page(ctx: Context, page: FhirPage<Appointment>): Promise<void> {
    await this.transactions.run(ctx, (tx) => this.sinks.get('Appointment')!(tx, page));
  }
}

function changed(resource: Appointment, change: AppointmentWrite['change']): Appointment {
  if ('status' in change) return { ...resource, status: 'cancelled' };
  if (!('participantStatus' in change)) throw new Error('this fake moves no visits');
  const participant = resource.participant.map((one) =>
    one.actor?.reference === change.patient ? { ...one, status: change.participantStatus } : one,
  );
  return { ...resource, participant };
}

function away(code: string): Fault {
  return new Fault({ code, kind: 'remote', words: 'The EHR is away.', retryable: true });
}
