import type {
  ContactAddress,
  LinkedPair,
  LinkState,
  MergedPerson,
  Patient,
} from '../../../../../src/exchange/patients/index.js';
import type { Context, TxContext } from '../../../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../../../src/platform/ids/ids.js';

interface Person {
  patient: Patient;
  given: string;
  addresses: ContactAddress[];
  /** Whether we have read this patient yet. */
  known: boolean;
}

/** Stands in for the patients door. */
export class FakePatients {
  private readonly people = new Map<string, Person>();
  private readonly joined = new Map<Uuid, Uuid>();

  constructor(private readonly connectionId: Uuid) {}

  reset(): void {
    this.people.clear();
    this.joined.clear();
    this.restricted.clear();
    Object.assign(this, { missing: 'no-guardian', refreshed: 0 });
    this.asked.length = this.expected.length = 0;
  }

  /** A patient with one address of their own, unless said otherwise. */
  add(fhirId: string, given: string, more: Partial<Person> & { language?: string } = {}): Person {
    const { language, ...rest } = more;
    const person: Person = {
      patient: {
        id: newId(),
        connectionId: this.connectionId,
        fhirId,
        language: language ?? 'en',
        deceased: false,
        active: true,
        minor: false,
        byProxy: false,
      },
      given,
      addresses: [{ id: newId(), kind: 'phone', confirmed: true }],
      known: true,
      ...rest,
    };
    this.people.set(`Patient/${fhirId}`, person);
    return person;
  }

  async knownIds(
    _ctx: Context,
    _connectionId: Uuid,
    references: readonly string[],
  ): Promise<Map<string, Uuid>> {
    const known = references.filter((reference) => this.people.get(reference)?.known);
    return new Map(known.map((reference) => [reference, this.people.get(reference)!.patient.id]));
  }

  async known(_ctx: Context, _connectionId: Uuid, reference: string): Promise<Patient | null> {
    const person = this.people.get(reference);
    const isJoined = person && this.joined.has(person.patient.id);
    return person?.known || isJoined ? this.survivorOf(person).patient : null;
  }

  async byReference(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    const person = this.people.get(reference);
    // Of a record that was joined to another the EHR shows nothing: it sends its readers on.
    if (person && !this.joined.has(person.patient.id)) person.known = true;
    return this.known(ctx, connectionId, reference);
  }

  /** The EHR joins one record to another; null parts it again. */
  join(merged: Person, survivor: Person | null): void {
    if (survivor) this.joined.set(merged.patient.id, survivor.patient.id);
    else this.joined.delete(merged.patient.id);
  }

  async erasedAmong(): Promise<Set<string>> {
    return new Set();
  }

  async survivorsOf(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Uuid>> {
    return new Map(ids.map((id) => [id, this.joined.get(id) ?? id]));
  }

  async recordsOf(_ctx: Context, id: Uuid): Promise<Uuid[]> {
    const survivorId = this.joined.get(id) ?? id;
    const merged = [...this.joined].filter(([, other]) => other === survivorId);
    return [survivorId, ...merged.map(([one]) => one)];
  }

  async personsOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, MergedPerson>> {
    const persons = new Map<Uuid, MergedPerson>();
    for (const id of ids) {
      const [survivorId, ...merged] = await this.recordsOf(ctx, id);
      if (merged.length === 0) continue;
      persons.set(id, {
        survivorId: survivorId!,
        merged: merged.map((one) => ({ id: one, since: new Date(0) })),
      });
    }
    return persons;
  }

  private survivorOf(person: Person): Person {
    return this.find(this.joined.get(person.patient.id) ?? person.patient.id)!;
  }

  async get(_ctx: Context, id: Uuid): Promise<Patient | null> {
    return this.find(id)?.patient ?? null;
  }

  async getMany(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Patient>> {
    return new Map(ids.flatMap((id) => (this.find(id) ? [[id, this.find(id)!.patient]] : [])));
  }

  async namesOf(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, { given: string; text: string }>> {
    return new Map(ids.map((id) => [id, { given: this.find(id)!.given, text: this.find(id)!.given }]));
  }

  /** The registered question and the registered end, as the real door has them. */
  visitsAhead: ((ctx: TxContext, ids: readonly Uuid[]) => Promise<Set<Uuid>>) | null = null;
  end: ((ctx: TxContext, ids: readonly Uuid[]) => Promise<void>) | null = null;
  readonly expected: Uuid[] = [];
  /** Why no guardian can be written to. */
  missing = 'no-guardian';
  refreshed = 0;

  registerVisitsAhead(ask: (ctx: TxContext, ids: readonly Uuid[]) => Promise<Set<Uuid>>): void {
    this.visitsAhead = ask;
  }

  registerEnd(end: (ctx: TxContext, ids: readonly Uuid[]) => Promise<void>): void {
    this.end = end;
  }

  async expect(_ctx: Context, ids: readonly Uuid[]): Promise<void> {
    this.expected.push(...ids);
  }

  readonly asked: Uuid[] = [];

  async askWhose(_ctx: Context, id: Uuid): Promise<void> {
    this.asked.push(id);
  }

  async refreshGuardians(): Promise<void> {
    this.refreshed++;
  }

  /** Whose record the EHR keeps behind break-the-glass. */
  readonly restricted = new Set<Uuid>();

  async isRestricted(ctx: Context, id: Uuid): Promise<boolean> {
    return (await this.recordsOf(ctx, id)).some((one) => this.restricted.has(one));
  }

  async missGuardian(): Promise<string> {
    return this.missing;
  }

  async linked(_ctx: Context, pairs: readonly LinkedPair[]): Promise<LinkState[]> {
    return pairs.map(({ patientId, addressId }) =>
      this.find(patientId)?.addresses.some(({ id }) => id === addressId) ? 'active' : 'none',
    );
  }

  async addressesOf(_ctx: Context, id: Uuid): Promise<ContactAddress[]> {
    return this.find(id)?.addresses ?? [];
  }

  private find(id: Uuid): Person | undefined {
    return [...this.people.values()].find(({ patient }) => patient.id === id);
  }
}
