import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PatientsFacade, type LinkedPair, type LinkState, type Patient } from '../../patients/index.js';
import {
  decideFor,
  decideForAll,
  type Decision,
  type DecisionRequest,
  type PatientFacts,
} from '../domain/decision.policy.js';
import { ConsentRepository, type JudgedConsent } from '../infrastructure/consent.repository.js';

interface Known {
  consents: readonly JudgedConsent[];
  patients: ReadonlyMap<Uuid, Patient>;
  /** How the address stands to the named patient, by both. */
  links: ReadonlyMap<string, LinkState>;
  /** Only of the addresses whose reader is not known. */
  readers: ReadonlyMap<Uuid, readonly Patient[]>;
}

/** Whether messages may go out now. */
@Injectable()
export class Decide {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsFacade,
    private readonly consents: ConsentRepository,
  ) {}

  /** One answer per request, in the same order: three queries, and one more per address without a known reader. */
  async run(ctx: Context, requests: readonly DecisionRequest[]): Promise<Decision[]> {
    if (requests.length === 0) return [];
    const known = await this.transactions.run(ctx, (tx) => this.know(tx, requests));
    return requests.map((request) => decide(request, known));
  }

  private async know(tx: TxContext, requests: readonly DecisionRequest[]): Promise<Known> {
    const consents = await this.consents.onAddresses(tx, [
      ...new Set(requests.map(({ addressId }) => addressId)),
    ]);
    const named = requests.flatMap(({ patientId, addressId }) =>
      patientId ? [{ patientId, addressId }] : [],
    );
    const ids = [...new Set(named.map(({ patientId }) => patientId))];
    const patients = ids.length > 0 ? await this.patients.getMany(tx, ids) : new Map<Uuid, Patient>();
    const links = await this.linksOf(tx, named);
    const unnamed = requests.filter(({ patientId }) => patientId === null).map(({ addressId }) => addressId);
    const readers = new Map<Uuid, Patient[]>();
    for (const addressId of new Set(unnamed))
      readers.set(addressId, await this.patients.byAddress(tx, addressId));
    return { consents, patients, links, readers };
  }

  private async linksOf(tx: TxContext, named: readonly LinkedPair[]): Promise<Map<string, LinkState>> {
    const states = await this.patients.linked(tx, named);
    return new Map(named.map((pair, index) => [nameOf(pair), states[index]!]));
  }
}

function decide(request: DecisionRequest, known: Known): Decision {
  if (request.patientId === null) {
    const readers = known.readers.get(request.addressId) ?? [];
    return decideForAll(
      readers.map((patient) => ({ ...factsOf(patient, request, known), linked: 'active' as const })),
    );
  }
  const patient = known.patients.get(request.patientId);
  return patient ? decideFor(factsOf(patient, request, known)) : { allowed: false, reason: 'no-consent' };
}

function factsOf(patient: Patient, request: DecisionRequest, known: Known): PatientFacts {
  const consent = known.consents.find(
    (one) =>
      one.addressId === request.addressId && one.patientId === patient.id && one.purpose === request.purpose,
  );
  const { deceased, active, byProxy } = patient;
  const linked = known.links.get(nameOf({ patientId: patient.id, addressId: request.addressId })) ?? 'none';
  return { deceased, active, byProxy, linked, consent: consent ?? null };
}

function nameOf({ patientId, addressId }: LinkedPair): string {
  return `${patientId}/${addressId}`;
}
