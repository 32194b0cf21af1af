import type { Communication, FhirResource } from 'fhir/r4.js';
import { Fault } from '../../../src/platform/errors/fault.js';
import type { Context } from '../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../src/platform/ids/ids.js';
import type {
  Capabilities,
  ContactFlag,
  CommunicationWrite,
  EscrowKey,
  FoundBy,
  FhirFacade,
  KeepableResource,
  Kept,
  KeptWhole,
  LiveWindowRows,
  ReadResult,
  ReferencedBy,
  ResourceWrite,
  ResourceWritten,
  Retraction,
  RetractionResult,
  SummaryCarrier,
  SummaryRoute,
  WrittenOrKept,
} from '../../../src/exchange/fhir/index.js';
import type { Door } from './door.fake.js';

/** An EHR that keeps Communications, and can be away, refuse, or lose its answers. */
export class FakeFhir implements Door<FhirFacade> {
  readonly connectionId = newId();
  readonly communications = new Map<string, Communication>();
  /** Each write takes the next of these before it succeeds. `lost`: written, but the answer never came. */
  readonly troubles: ('away' | 'lost' | 'refused' | 'content' | 'altered')[] = [];
  /** What a search finds, by type. */
  readonly resources = new Map<string, FhirResource[]>();
  readonly searches: string[] = [];
  flags: ContactFlag[] = [];
  /** What else was written, in order. */
  readonly others: FhirResource[] = [];
  route: Partial<SummaryRoute> = {};
  escrowKey: EscrowKey | null = null;
  learnt: SummaryCarrier | null = null;
  writes = 0;
  away = false;
  /** Marks what is taken back, and does not let go of what it says. */
  keepsContent = false;
  can: Partial<Capabilities> = {};
  /** How the next reads end, when not as they should. */
  readState: 'current' | 'gone' | 'forbidden' | 'invalid' = 'current';

  onPage(): void {}

  onMerge(): void {}

  registerSurvivor(): void {}

  async ownReference(_ctx: Context, _connectionId: Uuid, reference: string): Promise<string> {
    return reference;
  }

  async followAsLongAs(): Promise<void> {}

  /** Behind break-the-glass: `Patient/1`. */
  readonly restricted = new Set<string>();

  async restrictedAmong(_ctx: Context, _connectionId: Uuid, references: readonly string[]) {
    return new Set(references.filter((one) => this.restricted.has(one)));
  }

  async window(): Promise<LiveWindowRows> {
    if (this.away) throw unavailable();
    return { visits: [], unusable: [], hidden: [], unseen: [], unread: [], askedAt: null };
  }

  async isQuiet(): Promise<boolean> {
    return false;
  }

  async read<R extends string>(
    _ctx: Context,
    connectionId: Uuid,
    reference: R,
  ): Promise<ReadResult<ReferencedBy<R>>> {
    if (this.away) throw unavailable();
    const fhirId = reference.split('/')[1]!;
    const [type] = reference.split('/');
    const others = this.resources.get(type!)?.find(({ id }) => id === fhirId);
    const resource = others ?? this.communications.get(fhirId);
    if (this.readState === 'gone' || !resource) return { state: 'gone' };
    if (this.readState === 'forbidden') return { state: 'forbidden' };
    if (this.readState === 'invalid') return { state: 'invalid', reason: 'not-fhir' };
    const row = {
      resourceId: newId(),
      connectionId,
      fhirId,
      versionId: '1',
      resource: structuredClone(resource) as unknown as ReferencedBy<R>,
    };
    return { state: 'current', row };
  }

  async bring(): Promise<string[]> {
    return [];
  }

  async search<T extends string>(
    _ctx: Context,
    _connectionId: Uuid,
    type: T,
    params: Record<string, string>,
  ): Promise<FoundBy<T>[]> {
    if (this.away) throw unavailable();
    this.searches.push(type);
    const found = (this.resources.get(type) ?? []).filter(
      (one) => params.patient === undefined || JSON.stringify(one).includes(`"${params.patient}"`),
    );
    return found as FoundBy<T>[];
  }

  async contactFlags(): Promise<ContactFlag[]> {
    return this.flags;
  }

  async takes() {
    return false;
  }

  async bookAppointment() {
    return { outcome: 'unsupported' as const };
  }

  async findSlots() {
    return [];
  }

  async writeAppointment() {
    return { outcome: 'unsupported' as const };
  }

  async writeCommunication(_ctx: Context, write: CommunicationWrite): Promise<ResourceWritten> {
    const trouble = this.away ? 'away' : this.troubles.shift();
    if (trouble === 'away') throw unavailable();
    if (trouble === 'refused') throw fault('fhir.refused', false);
    if (trouble === 'content') throw fault('fhir.content-refused', false);
    if (trouble === 'altered') throw fault('fhir.altered', false);
    const written = this.keep(write);
    if (trouble === 'lost') throw fault('fhir.unknown-outcome', true);
    return written;
  }

  async describe(): ReturnType<FhirFacade['describe']> {
    return { capabilities: await this.capabilities(), table: [] };
  }

  async writeResource(_ctx: Context, { resource }: ResourceWrite): Promise<ResourceWritten> {
    if (this.away) throw unavailable();
    if (!this.can.creates?.includes(resource.resourceType)) throw fault('fhir.unsupported', false);
    this.others.push(structuredClone(resource));
    return { fhirId: `o${this.others.length}`, versionId: '1', how: 'created' };
  }

  private readonly kept: KeptWhole[] = [];

  async writeOrKeep(ctx: Context, write: ResourceWrite<KeepableResource>): Promise<WrittenOrKept> {
    const { resource, connectionId } = write;
    if (this.can.creates?.includes(resource.resourceType)) return this.writeResource(ctx, write);
    const id = newId();
    this.kept.push({
      ...{ id, connectionId, patientId: newId(), type: resource.resourceType, state: 'kept', resource },
      ...{ keptAt: new Date(), writtenAt: null, reference: null, faultCode: null },
    });
    return { how: 'kept', id };
  }

  async keptOf(_ctx: Context, patientIds: readonly Uuid[]): Promise<Kept[]> {
    return this.kept.filter(({ patientId }) => patientIds.includes(patientId));
  }

  async keptResource(_ctx: Context, id: Uuid): Promise<KeptWhole | null> {
    return this.kept.find((one) => one.id === id) ?? null;
  }

  async retractCommunication(_ctx: Context, { identifier, erase }: Retraction): Promise<RetractionResult> {
    if (this.away) throw unavailable();
    const copies = [...this.communications.values()].filter(
      (known) => known.identifier?.[0]?.value === identifier.value,
    );
    if (copies.length === 0) return 'absent';
    if (this.can.communicationChange === 'none') return 'unsupported';
    for (const copy of copies) {
      copy.status = 'entered-in-error';
      if (erase && !this.keepsContent) delete copy.payload;
    }
    return erase && this.keepsContent ? 'content-left' : 'retracted';
  }

  async summaryRoute(): Promise<SummaryRoute> {
    const { summaryCarrier } = await this.capabilities();
    const carrier = this.learnt ?? summaryCarrier;
    const nobody = { sender: null, recipients: [], label: null, missing: [] };
    return { carrier, free: true, asMessage: false, ...nobody, ...this.route };
  }

  async learnCarrier(_ctx: Context, _connectionId: Uuid, carrier: SummaryCarrier): Promise<void> {
    this.learnt = carrier;
  }

  async escrowKeyOf(): Promise<EscrowKey | null> {
    return this.escrowKey;
  }

  async capabilities(): Promise<Capabilities> {
    if (this.away) throw unavailable();
    return {
      fhirVersion: '4.0.1',
      syncStrategy: 'last-updated',
      scanBy: 'date',
      patientLastUpdated: true,
      includes: [],
      appointmentWrite: 'L2',
      appointmentWriteBy: 'update',
      reschedule: 'update',
      booking: 'none',
      conditionalCreate: true,
      idempotencyHeader: null,
      communicationCreate: true,
      communicationSearch: 'identifier',
      communicationChange: 'update',
      summaryCarrier: 'B',
      creates: [],
      reads: ['Appointment', 'Communication', 'Location', 'Patient', 'Practitioner'],
      postSearch: false,
      because: {},
      ...this.can,
    };
  }

  async connections(): Promise<{ id: Uuid; name: string }[]> {
    return [{ id: this.connectionId, name: 'main' }];
  }

  async states(): Promise<never> {
    throw new Error('the care modules do not look at the connections');
  }

  async sync(): Promise<never> {
    throw new Error('the care modules do not sync');
  }

  private keep({ identifier, resource }: CommunicationWrite): ResourceWritten {
    this.writes++;
    const same = [...this.communications].find(
      ([, known]) => known.identifier?.[0]?.value === identifier.value,
    );
    if (same) return { fhirId: same[0], versionId: '1', how: 'existing' };
    const fhirId = `c${this.communications.size + 1}`;
    this.communications.set(fhirId, { ...structuredClone(resource), id: fhirId });
    return { fhirId, versionId: '1', how: 'created' };
  }
}

function unavailable(): Fault {
  return fault('fhir.unavailable', true);
}

function fault(code: string, retryable: boolean): Fault {
  return new Fault({
    code,
    kind: retryable ? 'unavailable' : 'remote',
    words: 'The EHR said so.',
    retryable,
  });
}
