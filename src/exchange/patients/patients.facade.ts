import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Addresses, type Recipient } from './application/addresses.js';
import { ManyAddresses } from './application/many-addresses.js';
import { ContactReview } from './application/contact-review.js';
import { CareTeamsOf } from './application/care-teams.js';
import { Deaths, type EndOf } from './application/deaths.js';
import { Directory } from './application/directory.js';
import { Guardians } from './application/guardians.js';
import { MergeItems } from './application/merge-items.js';
import { type AskVisitsAhead, VisitsAhead } from './application/visits-ahead.js';
import type { CareTeams } from './domain/care-team.js';
import type {
  Address,
  ContactAddress,
  LinkedPair,
  LinkState,
  MergedPerson,
  Patient,
  PatientNames,
} from './domain/patient.js';
import { candidates } from './domain/wa-id.js';

/** Patients of the EHR and the WhatsApp addresses where they can be reached (many to many). */
@Injectable()
export class PatientsFacade {
  constructor(
    private readonly directory: Directory,
    private readonly addresses: Addresses,
    private readonly manyAddresses: ManyAddresses,
    private readonly guardians: Guardians,
    private readonly visits: VisitsAhead,
    private readonly deaths: Deaths,
    private readonly review: ContactReview,
    private readonly transactions: Transactions,
    private readonly mergeItems: MergeItems,
    private readonly careTeams: CareTeamsOf,
  ) {}

  /** Registers, while the modules start, who tells which patients have a visit to come. */
  registerVisitsAhead(ask: AskVisitsAhead): void {
    this.visits.register(ask);
  }

  /**
   * Registers, while the modules start, who ends what waits for patients that have died. It runs in the transaction that
   * stores the death: what it throws undoes that too.
   */
  registerEnd(end: EndOf): void {
    this.deaths.register(end);
  }

  /** These patients have a visit to come: staff hear of doubtful numbers, and the EHR is asked who speaks for minors. */
  expect(ctx: Context, patientIds: readonly Uuid[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.review.expect(tx, patientIds);
      await this.guardians.makeDue(tx, patientIds);
    });
  }

  /**
   * The patient of an EHR reference (`Patient/1`); reads the EHR when unknown. Of a record that was merged it is the one
   * that stands for it. Throws `fhir.unavailable`.
   */
  byReference(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    return this.directory.byReference(ctx, connectionId, reference);
  }

  /** The same without the network: safe in a page's transaction. */
  known(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    return this.directory.known(ctx, connectionId, reference);
  }

  /**
   * Ids of those of these records that are known, by reference, each its own, also of a merged one: for keeping, so that
   * parting restores it. Without the network too.
   */
  knownIds(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<Map<string, Uuid>> {
    return this.directory.knownIds(ctx, connectionId, references);
  }

  async get(ctx: Context, id: Uuid): Promise<Patient | null> {
    return (await this.directory.getMany(ctx, [id])).get(id) ?? null;
  }

  /** Those that exist, by id. */
  getMany(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Patient>> {
    return this.directory.getMany(ctx, ids);
  }

  /** Those of these references whose patient is erased: whatever the EHR says of them is not kept. */
  erasedAmong(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<Set<string>> {
    return this.directory.erasedAmong(ctx, connectionId, references);
  }

  /** Those of these records whose person has more than one, by the record asked for; the others stand alone. */
  personsOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, MergedPerson>> {
    return this.directory.personsOf(ctx, ids);
  }

  /** The record that stands for each of these: itself, unless it was merged. */
  async survivorsOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Uuid>> {
    const persons = ids.length > 0 ? await this.personsOf(ctx, ids) : new Map<Uuid, never>();
    return new Map(ids.map((id) => [id, persons.get(id)?.survivorId ?? id]));
  }

  /** All records of the person whose record this is, the one that stands for them first. */
  async recordsOf(ctx: Context, id: Uuid): Promise<Uuid[]> {
    const person = (await this.personsOf(ctx, [id])).get(id);
    return person ? [person.survivorId, ...person.merged.map((one) => one.id)] : [id];
  }

  /**
   * Whether the EHR keeps any record of this person behind break-the-glass: then no reminder is sent and no summary is
   * written. Whoever books for somebody asks here first: `fhir` looks at the record named alone. No network.
   */
  isRestricted(ctx: Context, id: Uuid): Promise<boolean> {
    return this.directory.isRestricted(ctx, id);
  }

  /** Asks staff to look at a merge, once for each merged record. `reason` is a code. */
  doubtMerge(ctx: Context, about: { mergedId: Uuid; survivorId: Uuid; reason: string }): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.mergeItems.doubt(tx, about));
  }

  /** PHI: for a message or a person's eyes, never for a log. A patient whose key is destroyed is left out. */
  namesOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, PatientNames>> {
    return this.directory.namesOf(ctx, ids);
  }

  /**
   * Where the patient can be reached now, best first; empty when nowhere. Of somebody for whom a guardian speaks
   * (`byProxy`) these are the guardians' addresses, never those of the patient's own record. Of a
   * merged record it is where the one that stands for it can be reached.
   */
  addressesOf(ctx: Context, patientId: Uuid): Promise<ContactAddress[]> {
    return this.addresses.of(ctx, patientId);
  }

  /** How each address stands to its patient now: one answer per pair, in the same order. */
  linked(ctx: Context, pairs: readonly LinkedPair[]): Promise<LinkState[]> {
    return this.addresses.linked(ctx, pairs);
  }

  /** Somebody who may know says that these addresses reach this patient, though others have them too. */
  confirm(ctx: Context, patientId: Uuid, addressIds: readonly Uuid[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      if (await this.addresses.confirm(tx, patientId, addressIds)) await this.review.confirmed(tx, patientId);
    });
  }

  /** A message to this patient waits until somebody has confirmed the number: staff are asked, once. */
  askWhose(ctx: Context, patientId: Uuid): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.review.askWhose(tx, patientId));
  }

  /**
   * Asks the EHR now who speaks for those of these patients who are `byProxy`, under any of their records. Outside any
   * transaction. Throws `fhir.unavailable`.
   */
  async refreshGuardians(ctx: Context, patientIds: readonly Uuid[]): Promise<void> {
    const records = await Promise.all(patientIds.map((id) => this.recordsOf(ctx, id)));
    return this.guardians.refresh(ctx, [...new Set(records.flat())]);
  }

  /** The guardians who can be written to for this patient now: `RelatedPerson/1`, and where. */
  guardiansOf(ctx: Context, patientId: Uuid): Promise<{ reference: string; addressIds: Uuid[] }[]> {
    return this.guardians.of(ctx, patientId);
  }

  /**
   * Why no guardian of this patient can be written to, told to staff in a work item that ends by itself: `no-guardian`,
   * `guardian-expired`, `guardian-inactive`, `guardian-without-number`. Null when one can.
   */
  missGuardian(ctx: Context, patientId: Uuid): Promise<string | null> {
    return this.guardians.miss(ctx, patientId);
  }

  /**
   * Who treats this patient, under any of their records, as the EHR says it: whom a conversation may belong to. The EHR is
   * asked when it was not for a day; while it is away, what it said before stands, and `asOf` tells since when. Outside any
   * transaction.
   */
  async careTeamsOf(ctx: Context, patientId: Uuid): Promise<CareTeams> {
    return this.careTeams.run(ctx, await this.recordsOf(ctx, patientId));
  }

  /** All ways in which E.164 and WhatsApp write the same phone, E.164 first. Digits without plus. */
  candidates(digits: string): string[] {
    return candidates(digits);
  }

  /** Everyone who shares this address; for a merged record the one that stands for it. */
  byAddress(ctx: Context, addressId: Uuid): Promise<Patient[]> {
    return this.directory.byAddress(ctx, addressId);
  }

  /** The same for a batch, by address; an address that nobody has is left out. */
  byAddresses(ctx: Context, addressIds: readonly Uuid[]): Promise<Map<Uuid, Patient[]>> {
    return this.directory.byAddresses(ctx, addressIds);
  }

  /**
   * Finds or makes the address of someone who wrote to us. `waId`: digits without plus; `userId`: Meta's
   * business-scoped user id. Throws `patients.no-identity` when neither is readable.
   */
  addressFor(ctx: Context, identity: { waId?: string; userId?: string }): Promise<Address> {
    return this.addresses.findOrMake(ctx, identity);
  }

  /** The same for many who wrote, in their order. Null: neither identity is readable. */
  addressesFor(
    ctx: Context,
    identities: readonly { waId?: string; userId?: string }[],
  ): Promise<(Address | null)[]> {
    return this.manyAddresses.findOrMake(ctx, identities);
  }

  /** What the Cloud API takes: digits without plus in `to`, as Meta itself has written them last, or a user id in `recipient`. Null: unknown or erased. */
  recipientOf(ctx: Context, addressId: Uuid): Promise<Recipient | null> {
    return this.addresses.recipientOf(ctx, addressId);
  }

  /** The same for a batch, in two statements; unknown and erased ones are left out. */
  recipientsOf(ctx: Context, addressIds: readonly Uuid[]): Promise<Map<Uuid, Recipient>> {
    return this.addresses.recipientsOf(ctx, addressIds);
  }
}
