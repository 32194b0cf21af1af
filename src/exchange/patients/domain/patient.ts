import type { Uuid } from '../../../platform/ids/ids.js';

/** A patient of an EHR, without what identifies a person. */
export interface Patient {
  id: Uuid;
  connectionId: Uuid;
  fhirId: string;
  /** BCP 47, the preferred one; null: the hospital's default. */
  language: string | null;
  deceased: boolean;
  active: boolean;
  /** True until the patient is surely of age; an unknown birth date counts as under age. */
  minor: boolean;
  /** Messages go to a guardian, on the guardian's own consent, and never to the number in the patient's record. */
  byProxy: boolean;
}

/** One person with several records: what the EHR merged into the one that stands for all. */
export interface MergedPerson {
  survivorId: Uuid;
  /** At least one, and since when it is merged. */
  merged: { id: Uuid; since: Date }[];
}

/** PHI: never log, never put into an event. */
export interface PatientNames {
  given: string;
  text: string;
}

/** A place on WhatsApp where messages can go: also the key subject `contact`. */
export interface Address {
  id: Uuid;
  kind: 'phone' | 'user-id';
}

/** Where a patient can be reached now. */
export interface ContactAddress extends Address {
  /** False: several patients have this number, and nobody has said since that it reaches this one. */
  confirmed: boolean;
}

/** How an address stands to a patient now: `unconfirmed` is one that several share. */
export type LinkState = 'active' | 'unconfirmed' | 'none';

/** A patient, and an address where the patient may be reached. */
export interface LinkedPair {
  patientId: Uuid;
  addressId: Uuid;
}
