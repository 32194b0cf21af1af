import { Injectable } from '@nestjs/common';
import { type KeySubject, type Place, VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { FhirFacade } from '../../fhir/index.js';
import { MOST_JOINS } from '../domain/merge.policy.js';
import type { MergedPerson, Patient, PatientNames } from '../domain/patient.js';
import { AliasesRepository } from '../infrastructure/aliases.repository.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';
import { PatientsRepository } from '../infrastructure/patients.repository.js';
import { unlessErased } from './erased.js';
import { Merges } from './merges.js';

/** R4 `id` behind `Patient/`. */
const REFERENCE = /^Patient\/([A-Za-z0-9\-.]{1,64})$/;

/** Who is known. */
@Injectable()
export class Directory {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: PatientsRepository,
    private readonly fhir: FhirFacade,
    private readonly vault: VaultFacade,
    private readonly merges: Merges,
    private readonly aliases: AliasesRepository,
    private readonly erased: ErasedRepository,
  ) {}

  async known(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    const fhirId = REFERENCE.exec(reference)?.[1];
    if (fhirId === undefined) return null;
    return this.transactions.run(ctx, async (tx) => {
      const found = await this.repository.byFhirId(tx, connectionId, fhirId);
      return found ?? this.strangersSurvivor(tx, connectionId, fhirId);
    });
  }

  /** Of a record that the EHR never showed us, because it sends its readers on. */
  private async strangersSurvivor(
    tx: TxContext,
    connectionId: Uuid,
    fhirId: string,
  ): Promise<Patient | null> {
    const standing = await this.merges.standing(tx, connectionId, fhirId);
    return standing?.survivor ? this.repository.byFhirId(tx, connectionId, standing.survivor) : null;
  }

  personsOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, MergedPerson>> {
    return this.transactions.run(ctx, (tx) => this.aliases.persons(tx, ids));
  }

  async isRestricted(ctx: Context, id: Uuid): Promise<boolean> {
    return this.transactions.run(ctx, async (tx) => {
      const [patient] = await this.repository.known(tx, [id]);
      if (!patient) return false;
      const records = await this.merges.records(tx, patient.connectionId, patient.fhirId);
      const references = records.map((fhirId) => `Patient/${fhirId}`);
      return (await this.fhir.restrictedAmong(tx, patient.connectionId, references)).size > 0;
    });
  }

  async knownIds(
    ctx: Context,
    connectionId: Uuid,
    references: readonly string[],
  ): Promise<Map<string, Uuid>> {
    const fhirIds = references.flatMap((reference) => REFERENCE.exec(reference)?.[1] ?? []);
    const ids = await this.transactions.run(ctx, (tx) =>
      this.repository.idsByFhirId(tx, connectionId, fhirIds),
    );
    return new Map([...ids].map(([fhirId, id]) => [`Patient/${fhirId}`, id]));
  }

  async erasedAmong(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<Set<string>> {
    const fhirIds = references.flatMap((reference) => REFERENCE.exec(reference)?.[1] ?? []);
    const erased = await this.transactions.run(ctx, (tx) =>
      this.erased.references(tx, connectionId, fhirIds),
    );
    return new Set([...erased].map((fhirId) => `Patient/${fhirId}`));
  }

  async byReference(ctx: Context, connectionId: Uuid, reference: string): Promise<Patient | null> {
    const fhirId = REFERENCE.exec(reference)?.[1];
    if (fhirId === undefined) return null;
    const known = await this.known(ctx, connectionId, reference);
    if (known) return known;
    // What it finds comes here through the sinks before it returns, and so does each next record of a chain.
    let next: string | null = reference;
    for (let joins = 0; next !== null && joins <= MOST_JOINS; joins++) {
      const { state } = await this.fhir.read(ctx, connectionId, next);
      if (state !== 'current' && state !== 'merged') return null;
      const standing = await this.transactions.run(ctx, (tx) =>
        this.merges.standing(tx, connectionId, fhirId),
      );
      next = standing?.state === 'waiting' ? `Patient/${standing.survivor}` : null;
    }
    return this.known(ctx, connectionId, reference);
  }

  getMany(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, Patient>> {
    return this.transactions.run(ctx, async (tx) => {
      const patients = await this.repository.known(tx, ids);
      return new Map(patients.map((patient) => [patient.id, patient]));
    });
  }

  async byAddress(ctx: Context, addressId: Uuid): Promise<Patient[]> {
    return (await this.byAddresses(ctx, [addressId])).get(addressId) ?? [];
  }

  byAddresses(ctx: Context, addressIds: readonly Uuid[]): Promise<Map<Uuid, Patient[]>> {
    return this.transactions.run(ctx, async (tx) => {
      const found = new Map<Uuid, Patient[]>();
      for (const { addressId, ...patient } of await this.repository.byAddresses(tx, addressIds)) {
        found.set(addressId, [...(found.get(addressId) ?? []), patient]);
      }
      return found;
    });
  }

  namesOf(ctx: Context, ids: readonly Uuid[]): Promise<Map<Uuid, PatientNames>> {
    return this.transactions.run(ctx, (tx) => this.openNames(tx, ids));
  }

  private async openNames(ctx: TxContext, ids: readonly Uuid[]): Promise<Map<Uuid, PatientNames>> {
    const rows = await this.repository.getMany(ctx, ids);
    const keys = await this.vault.keysFor(
      ctx,
      rows.map(({ id }) => subjectOf(id)),
    );
    const names = new Map<Uuid, PatientNames>();
    for (const { id, namesSealed } of rows) {
      const text = await unlessErased(() => keys.openText(subjectOf(id), namesPlace(id), namesSealed));
      if (text !== null) names.set(id, JSON.parse(text) as PatientNames);
    }
    return names;
  }
}

export function subjectOf(id: Uuid): KeySubject {
  return { kind: 'patient', id };
}

export function namesPlace(row: Uuid): Place {
  return { table: 'patients.patient', column: 'names_sealed', row };
}

export function birthDatePlace(row: Uuid): Place {
  return { table: 'patients.patient', column: 'birth_date_sealed', row };
}
