import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PatientsFacade } from '../../patients/index.js';
import type { GivenBy } from '../domain/consent.js';
import { refused } from '../domain/terms.policy.js';

/** Who agrees, and on which addresses. */
export interface Given {
  addressIds: Uuid[];
  givenBy: GivenBy;
}

/** Finds whose word it is: the patient's own, or that of one guardian. */
@Injectable()
export class Giving {
  constructor(private readonly patients: PatientsFacade) {}

  /** Throws consent.no-address, no-guardian, guardian-unnamed, unknown-guardian, guardian-not-needed. */
  async of(tx: TxContext, patientId: Uuid, proxy: string | undefined): Promise<Given> {
    const patient = await this.patients.get(tx, patientId);
    return patient?.byProxy ? this.byGuardian(tx, patientId, proxy) : this.byPatient(tx, patientId, proxy);
  }

  private async byPatient(tx: TxContext, patientId: Uuid, proxy: string | undefined): Promise<Given> {
    if (proxy !== undefined) throw guardianNotNeeded();
    const addressIds = (await this.patients.addressesOf(tx, patientId)).map(({ id }) => id);
    if (addressIds.length === 0) throw noAddress();
    return { addressIds, givenBy: 'patient' };
  }

  private async byGuardian(tx: TxContext, patientId: Uuid, proxy: string | undefined): Promise<Given> {
    const guardians = await this.patients.guardiansOf(tx, patientId);
    if (guardians.length === 0) throw noGuardian();
    const named = guardians.filter(({ reference }) => proxy === undefined || reference === proxy);
    const [only] = named;
    if (!only) throw unknownGuardian();
    // The word of one parent is not the other's.
    if (named.length > 1) throw guardianUnnamed();
    return { addressIds: only.addressIds, givenBy: 'proxy' };
  }
}

function noAddress(): Error {
  return refused('no-address', 'The patient’s record has no telephone number that WhatsApp could use.');
}

function noGuardian(): Error {
  return refused(
    'no-guardian',
    'The patient is under age, and the EHR names no guardian (RelatedPerson) with a usable telephone number.',
  );
}

function guardianUnnamed(): Error {
  return refused('guardian-unnamed', 'Several guardians can be written to. Say in proxy which one agreed.');
}

function unknownGuardian(): Error {
  return refused('unknown-guardian', 'The EHR names no such guardian of this patient who can be written to.');
}

function guardianNotNeeded(): Error {
  return refused('guardian-not-needed', 'The patient is old enough to agree alone. Leave proxy out.');
}
