import type { Context } from '../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../src/platform/ids/ids.js';
import type {
  Address,
  ContactAddress,
  LinkedPair,
  LinkState,
  MergedPerson,
  Patient,
  PatientsFacade,
} from '../../../src/exchange/patients/index.js';
import type { Door } from './door.fake.js';

/** Patients of one EHR and the addresses that they share. */
export class FakePatients implements Door<PatientsFacade> {
  readonly patients = new Map<Uuid, Patient>();
  private readonly joined = new Map<Uuid, { survivorId: Uuid; since: Date }>();
  private links: { patientId: Uuid; addressId: Uuid }[] = [];

  constructor(readonly connectionId: Uuid = newId()) {}

  /** A patient with these addresses, `Patient/p1` for the first. */
  admit(addressIds: Uuid[] = [newId()], facts: Partial<Patient> = {}): Patient {
    const patient: Patient = {
      id: newId(),
      connectionId: this.connectionId,
      fhirId: `p${this.patients.size + 1}`,
      language: 'en',
      deceased: false,
      active: true,
      minor: false,
      byProxy: false,
      ...facts,
    };
    this.patients.set(patient.id, patient);
    for (const addressId of addressIds) this.links.push({ patientId: patient.id, addressId });
    return patient;
  }

  change(id: Uuid, facts: Partial<Patient>): void {
    this.patients.set(id, { ...this.patients.get(id)!, ...facts });
  }

  /** The EHR lists this address for the patient no longer. */
  drop(patientId: Uuid, addressId: Uuid): void {
    this.links = this.links.filter((link) => link.patientId !== patientId || link.addressId !== addressId);
  }

  async linked(_ctx: Context, pairs: readonly LinkedPair[]): Promise<LinkState[]> {
    return pairs.map((pair) =>
      this.links.some((link) => link.patientId === pair.patientId && link.addressId === pair.addressId)
        ? 'active'
        : 'none',
    );
  }

  async careTeamsOf(): ReturnType<PatientsFacade['careTeamsOf']> {
    return { offered: false, asOf: null, teams: [] };
  }

  /** Whom somebody has said to be reached at which address. */
  readonly confirmed: LinkedPair[] = [];

  async confirm(_ctx: Context, patientId: Uuid, addressIds: readonly Uuid[]): Promise<void> {
    for (const addressId of addressIds) this.confirmed.push({ patientId, addressId });
  }

  async askWhose(): Promise<void> {}

  async expect(): Promise<void> {}

  async refreshGuardians(): Promise<void> {}

  async guardiansOf() {
    return [];
  }

  async missGuardian() {
    return 'no-guardian';
  }

  candidates(digits: string): string[] {
    return [digits];
  }

  registerVisitsAhead(): void {}

  registerEnd(): void {}

  async byReference(_ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    const all = [...this.patients.values()];
    const named = all.find(
      (one) => one.connectionId === connectionId && `Patient/${one.fhirId}` === reference,
    );
    return named ? this.patients.get(this.joined.get(named.id)?.survivorId ?? named.id)! : null;
  }

  known(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    return this.byReference(ctx, connectionId, reference);
  }

  async knownIds(
    ctx: Context,
    connectionId: Uuid,
    references: readonly string[],
  ): Promise<Map<string, Uuid>> {
    const found = await Promise.all(references.map((one) => this.byReference(ctx, connectionId, one)));
    return new Map(found.flatMap((one) => (one ? [[`Patient/${one.fhirId}`, one.id]] : [])));
  }

  async get(_ctx: Context, id: Uuid): Promise<Patient | null> {
    return this.patients.get(id) ?? null;
  }

  async getMany(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Patient>> {
    return new Map(ids.flatMap((id) => (this.patients.has(id) ? [[id, this.patients.get(id)!]] : [])));
  }

  /** The EHR joins one record to another: from now on that one stands for it. */
  join(mergedId: Uuid, survivorId: Uuid, since = new Date()): void {
    this.joined.set(mergedId, { survivorId, since });
  }

  part(mergedId: Uuid): void {
    this.joined.delete(mergedId);
  }

  async personsOf(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, MergedPerson>> {
    const persons = new Map<Uuid, MergedPerson>();
    for (const id of ids) {
      const survivorId = this.joined.get(id)?.survivorId ?? id;
      const merged = [...this.joined].filter(([, join]) => join.survivorId === survivorId);
      if (merged.length === 0) continue;
      persons.set(id, { survivorId, merged: merged.map(([one, { since }]) => ({ id: one, since })) });
    }
    return persons;
  }

  async erasedAmong(): Promise<Set<string>> {
    return new Set();
  }

  async survivorsOf(_ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Uuid>> {
    return new Map(ids.map((id) => [id, this.joined.get(id)?.survivorId ?? id]));
  }

  async recordsOf(ctx: Context, id: Uuid): Promise<Uuid[]> {
    const person = (await this.personsOf(ctx, [id])).get(id);
    return person ? [person.survivorId, ...person.merged.map((one) => one.id)] : [id];
  }

  /** Records that the EHR keeps behind break-the-glass. */
  readonly restricted = new Set<Uuid>();

  async isRestricted(ctx: Context, id: Uuid): Promise<boolean> {
    return (await this.recordsOf(ctx, id)).some((one) => this.restricted.has(one));
  }

  /** Merges at which staff are to look. */
  readonly doubted: { mergedId: Uuid; survivorId: Uuid; reason: string }[] = [];

  async doubtMerge(
    _ctx: Context,
    about: { mergedId: Uuid; survivorId: Uuid; reason: string },
  ): Promise<void> {
    this.doubted.push(about);
  }

  async namesOf() {
    return new Map();
  }

  async addressesOf(_ctx: Context, patientId: Uuid): Promise<ContactAddress[]> {
    const mine = this.links.filter((link) => link.patientId === patientId);
    return mine.map(({ addressId }) => ({ id: addressId, kind: 'phone', confirmed: true }));
  }

  async byAddresses(ctx: Context, addressIds: readonly Uuid[]): Promise<Map<Uuid, Patient[]>> {
    const found = new Map<Uuid, Patient[]>();
    for (const id of addressIds) found.set(id, await this.byAddress(ctx, id));
    return found;
  }

  async byAddress(_ctx: Context, addressId: Uuid): Promise<Patient[]> {
    const here = this.links.filter((link) => link.addressId === addressId);
    const ids = here.map(({ patientId }) => this.joined.get(patientId)?.survivorId ?? patientId);
    return [...new Set(ids)].map((id) => this.patients.get(id)!);
  }

  async addressFor(): Promise<Address> {
    return { id: newId(), kind: 'phone' };
  }

  async addressesFor(_: Context, identities: readonly object[]): Promise<Address[]> {
    return identities.map(() => ({ id: newId(), kind: 'phone' }));
  }

  async recipientOf() {
    return { to: '12025550100' };
  }

  async recipientsOf(_ctx: Context, addressIds: readonly string[]) {
    return new Map(addressIds.map((id) => [id, { to: '12025550100' }]));
  }
}
