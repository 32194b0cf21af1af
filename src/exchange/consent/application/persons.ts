import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { PatientsFacade, type MergedPerson } from '../../patients/index.js';
import type { Consent } from '../domain/consent.js';
import type { PersonFacts } from '../domain/merged.policy.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { EhrDenyRepository } from '../infrastructure/ehr-deny.repository.js';

/** What is known of those who have several records in the EHR: nearly nobody. */
@Injectable()
export class Persons {
  constructor(
    private readonly patients: PatientsFacade,
    private readonly consents: ConsentRepository,
    private readonly denies: EhrDenyRepository,
  ) {}

  /** By the record asked for; who has one record only is left out. */
  async factsOf(tx: TxContext, patientIds: readonly Uuid[]): Promise<Map<Uuid, PersonFacts>> {
    const persons =
      patientIds.length > 0 ? await this.patients.personsOf(tx, patientIds) : new Map<Uuid, never>();
    if (persons.size === 0) return new Map();
    const records = new Set([...persons.values()].flatMap(recordsOf));
    const withdrawn = await this.consents.withdrawnBy(tx, [...records]);
    const denied = await this.denies.ofMany(tx, [...records]);
    return new Map(
      [...persons].map(([id, person]) => {
        const own = recordsOf(person);
        return [
          id,
          {
            survivorId: person.survivorId,
            since: new Map(person.merged.map((one) => [one.id, one.since])),
            withdrawn: withdrawn.filter(({ patientId }) => own.includes(patientId)),
            denied: denied.filter(({ patientId }) => own.includes(patientId)).map(({ purpose }) => purpose),
          },
        ];
      }),
    );
  }

  /** What the other records of a person still permit of the same purpose. */
  async sameOf(tx: TxContext, { patientId, purpose }: Consent): Promise<Consent[]> {
    const person = (await this.patients.personsOf(tx, [patientId])).get(patientId);
    if (!person) return [];
    const others = recordsOf(person).filter((id) => id !== patientId);
    const all = await this.consents.ofPatients(tx, others);
    return all.filter((one) => one.purpose === purpose && one.status === 'active');
  }
}

export function recordsOf({ survivorId, merged }: MergedPerson): Uuid[] {
  return [survivorId, ...merged.map(({ id }) => id)];
}
