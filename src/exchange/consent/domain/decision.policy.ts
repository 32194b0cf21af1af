import type { Uuid } from '../../../platform/ids/ids.js';
import type { LinkState } from '../../patients/index.js';
import type { ConsentStatus, GivenBy, Purpose } from './consent.js';

export interface DecisionRequest {
  /** Null when nobody has named the person behind the address yet. */
  patientId: Uuid | null;
  addressId: Uuid;
  purpose: Purpose;
}

export type Refusal =
  | 'no-consent'
  | 'withdrawn'
  | 'deceased'
  | 'inactive'
  | 'not-linked'
  | 'number-shared'
  | 'proxy-ended'
  | 'ehr-deny';

export type Decision =
  { allowed: true; consentId: Uuid; consentVersion: number } | { allowed: false; reason: Refusal };

/** What is known of one patient for one request. */
export interface PatientFacts {
  deceased: boolean;
  active: boolean;
  /** Whether somebody speaks for the patient now. */
  byProxy: boolean;
  /** How the address stands to the patient now. */
  linked: LinkState;
  consent: { id: Uuid; version: number; status: ConsentStatus; givenBy: GivenBy; ehrDenies: boolean } | null;
}

/** One patient's answer. The person comes first: no consent outlives the patient (reference: deceased → stop everything). */
export function decideFor(facts: PatientFacts): Decision {
  if (facts.deceased) return { allowed: false, reason: 'deceased' };
  if (!facts.active) return { allowed: false, reason: 'inactive' };
  if (!facts.consent) return { allowed: false, reason: 'no-consent' };
  if (facts.consent.status !== 'active') return { allowed: false, reason: 'withdrawn' };
  // A guardian's consent ends with the guardianship, and nobody's own consent speaks for the guardian's telephone.
  if ((facts.consent.givenBy === 'proxy') !== facts.byProxy)
    return { allowed: false, reason: facts.byProxy ? 'no-consent' : 'proxy-ended' };
  // The stricter of both: the EHR may take away what the patient gave us, and never adds to it.
  if (facts.consent.ehrDenies) return { allowed: false, reason: 'ehr-deny' };
  // Numbers change hands: what was agreed to on this one does not follow it to a stranger.
  if (facts.linked === 'none') return { allowed: false, reason: 'not-linked' };
  if (facts.linked === 'unconfirmed') return { allowed: false, reason: 'number-shared' };
  return { allowed: true, consentId: facts.consent.id, consentVersion: facts.consent.version };
}

/**
 * The answer for an address whose reader is not known: every patient on it must agree, because any of them may
 * read it. An address without patients has nobody's consent. The consent relied on is the first patient's.
 */
export function decideForAll(decisions: readonly Decision[]): Decision {
  return (
    decisions.find(({ allowed }) => !allowed) ?? decisions[0] ?? { allowed: false, reason: 'no-consent' }
  );
}
