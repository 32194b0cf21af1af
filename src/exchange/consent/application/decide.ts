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
import { decideForPerson, type PersonFacts } from '../domain/merged.policy.js';
import { ConsentRepository, type JudgedConsent } from '../infrastructure/consent.repository.js';
import { Persons } from './persons.js';

interface Known {
  consents: readonly JudgedConsent[];
  patients: ReadonlyMap<Uuid, Patient>;
  /** Of those who have several records. */
  persons: ReadonlyMap<Uuid, PersonFacts>;
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
    private readonly persons: Persons,
  ) {}

  /**
   * One answer per request, in the same order: four queries, one more per address without a known reader, and three
   * more when the EHR has merged somebody among them.
   */
  async run(ctx: Context, requests: readonly DecisionRequest[]): Promise<Decision[]> {
    if (requests.length === 0) return [];
    const known = await this.transactions.run(ctx, (tx) => this.know(tx, requests));
    return requests.map((request) => decide(request, known));
  }

  private async know(tx: TxContext, requests: readonly DecisionRequest[]): Promise<Known> {
    const addressIds = new Set(requests.map(({ addressId }) => addressId));
    const consents = await this.consents.onAddresses(tx, [...addressIds]);
    const named = requests.flatMap(({ patientId, addressId }) =>
      patientId ? [{ patientId, addressId }] : [],
    );
    const unnamed = requests.filter(({ patientId }) => patientId === null).map(({ addressId }) => addressId);
    const readers = new Map<Uuid, Patient[]>();
    for (const addressId of new Set(unnamed))
      readers.set(addressId, await this.patients.byAddress(tx, addressId));
    const ids = new Set([
      ...named.map(({ patientId }) => patientId),
      ...[...readers.values()].flat().map(idOf),
    ]);
    const persons = await this.persons.factsOf(tx, [...ids]);
    const survivors = [...persons.values()].map(({ survivorId }) => survivorId);
    const asked = [...new Set([...named.map(({ patientId }) => patientId), ...survivors])];
    const patients = asked.length > 0 ? await this.patients.getMany(tx, asked) : new Map<Uuid, Patient>();
    const reading = [...readers].flatMap(([addressId, all]) =>
      all.map(({ id }) => ({ patientId: id, addressId })),
    );
    const ofPersons = [...named, ...reading].flatMap(({ patientId, addressId }) => {
      const survivorId = persons.get(patientId)?.survivorId;
      return survivorId ? [{ patientId: survivorId, addressId }] : [];
    });
    const links = await this.linksOf(tx, [...named, ...ofPersons]);
    return { consents, patients, persons, links, readers };
  }

  private async linksOf(tx: TxContext, named: readonly LinkedPair[]): Promise<Map<string, LinkState>> {
    const states = await this.patients.linked(tx, named);
    return new Map(named.map((pair, index) => [nameOf(pair), states[index]!]));
  }
}

function decide(request: DecisionRequest, known: Known): Decision {
  if (request.patientId === null) {
    const readers = known.readers.get(request.addressId) ?? [];
    return decideForAll(readers.map((patient) => decideOne(patient, request, known)));
  }
  const patient = known.patients.get(request.patientId);
  return patient ? decideOne(patient, request, known) : { allowed: false, reason: 'no-consent' };
}

function decideOne(patient: Patient, request: DecisionRequest, known: Known): Decision {
  const own = factsOf(patient, request, known);
  const person = known.persons.get(patient.id);
  if (!person) return decideFor(own);
  const survivor = known.patients.get(person.survivorId);
  if (!survivor) return { allowed: false, reason: 'no-consent' };
  const survivors = factsOf(survivor, request, known);
  const agreed = consentOf(survivor.id, request, known);
  const agreedAt = agreed?.status === 'active' ? agreed.recordedAt : null;
  return decideForPerson(
    { patientId: patient.id, own, survivors, agreedAt, purpose: request.purpose },
    person,
  );
}

function factsOf(
  { id, deceased, active, byProxy }: Patient,
  request: DecisionRequest,
  known: Known,
): PatientFacts {
  // Who reads an address without a name was found by it; of several records it may have been the wrong one.
  const found = request.patientId === null && !known.persons.has(id);
  const state = known.links.get(nameOf({ patientId: id, addressId: request.addressId })) ?? 'none';
  const linked = found ? 'active' : state;
  return { deceased, active, byProxy, linked, consent: consentOf(id, request, known) ?? null };
}

function consentOf(
  patientId: Uuid,
  request: DecisionRequest,
  { consents }: Known,
): JudgedConsent | undefined {
  return consents.find(
    (one) =>
      one.addressId === request.addressId && one.patientId === patientId && one.purpose === request.purpose,
  );
}

function idOf({ id }: Patient): Uuid {
  return id;
}

function nameOf({ patientId, addressId }: LinkedPair): string {
  return `${patientId}/${addressId}`;
}
