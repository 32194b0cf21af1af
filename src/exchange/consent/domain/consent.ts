import type { Uuid } from '../../../platform/ids/ids.js';

/** What a patient may agree to, each on its own. */
export const PURPOSES = [
  'appointment-reminders',
  'care-conversation',
  'education',
  'surveys',
  'monitoring',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** How the patient said so. */
export const METHODS = ['paper', 'web', 'verbal', 'whatsapp'] as const;
export type ConsentMethod = (typeof METHODS)[number];

/** Who agreed: the patient, or somebody who speaks for a minor. The one's consent is never the other's. */
export type GivenBy = 'patient' | 'proxy';

/** FHIR Consent.status: `active` permits, `inactive` was withdrawn. */
export type ConsentStatus = 'active' | 'inactive';

/** The consent of one patient to one purpose on one WhatsApp address, as it stands now. */
export interface Consent {
  id: Uuid;
  patientId: Uuid;
  addressId: Uuid;
  purpose: Purpose;
  status: ConsentStatus;
  method: ConsentMethod;
  wordingVersion: string;
  /** When the patient said so, as the caller states it. */
  recordedAt: Date;
  givenBy: GivenBy;
  /** Rises by one with each change; every change stands in the history. */
  version: number;
}

/** What shows that the patient agreed or withdrew. Free text: sealed. */
export interface Evidence {
  note?: string;
  /** `DocumentReference/12` in the EHR. */
  documentReference?: string;
  /** The received WhatsApp message that says it. */
  receivedId?: Uuid;
}
