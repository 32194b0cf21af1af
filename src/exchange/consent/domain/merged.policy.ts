import type { Uuid } from '../../../platform/ids/ids.js';
import type { Consent, Purpose } from './consent.js';
import { decideFor, type Decision, type PatientFacts } from './decision.policy.js';

/** One person with several records in the EHR. */
export interface PersonFacts {
  survivorId: Uuid;
  /** Since when each merged record is one with the survivor's. */
  since: ReadonlyMap<Uuid, Date>;
  /** What was withdrawn by any of the records, on any address. */
  withdrawn: readonly Pick<Consent, 'patientId' | 'purpose' | 'recordedAt'>[];
  /** What the EHR denies under any of the records. */
  denied: readonly Purpose[];
}

/** The answers of the record that is asked for and of the survivor: the same two for the survivor itself. */
interface Asked {
  patientId: Uuid;
  own: PatientFacts;
  survivors: PatientFacts;
  /** When the survivor agreed to what is asked; null when it did not. */
  agreedAt: Date | null;
  purpose: Purpose;
}

/**
 * A merge never permits anything: the record asked for and the survivor must both permit it, and a withdrawal of any
 * other record stops it, until the person agrees anew after the merge.
 */
export function decideForPerson(asked: Asked, person: PersonFacts): Decision {
  // The EHR ends the use of a merged record: that tells nothing of the person.
  const own = decideFor({ ...asked.own, active: asked.survivors.active });
  if (!own.allowed) return own;
  const survivors = decideFor(asked.survivors);
  if (!survivors.allowed) return survivors;
  if (person.denied.includes(asked.purpose)) return { allowed: false, reason: 'ehr-deny' };
  return isStopped(asked, person) ? { allowed: false, reason: 'withdrawn' } : own;
}

function isStopped(
  { patientId, agreedAt, purpose }: Asked,
  { survivorId, since, withdrawn }: PersonFacts,
): boolean {
  return withdrawn.some((one) => {
    if (one.purpose !== purpose) return false;
    // What a merged record withdrew at one address stops the survivor everywhere, and so the record itself.
    if (one.patientId === survivorId && patientId === survivorId) return false;
    const joinedAt = since.get(one.patientId === survivorId ? patientId : one.patientId);
    if (!joinedAt || agreedAt === null) return true;
    return agreedAt <= one.recordedAt || agreedAt < joinedAt;
  });
}

/** What a record has decided, as a text that is equal for equal decisions. */
export function permissionsOf(
  consents: readonly Pick<Consent, 'addressId' | 'purpose' | 'status'>[],
): string {
  return consents
    .map(({ addressId, purpose, status }) => `${addressId}/${purpose}/${status}`)
    .sort()
    .join();
}
