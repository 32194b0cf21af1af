import type {
  Communication,
  DocumentReference,
  Observation,
  Provenance,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import type { Uuid } from '../../../platform/ids/ids.js';

export type AppointmentChange =
  { participantStatus: 'accepted'; patient: string } | { status: 'cancelled'; reason: 'pat' };

export interface AppointmentWrite {
  connectionId: Uuid;
  fhirId: string;
  change: AppointmentChange;
  /** What the patient was told. When the EHR's visit starts at another instant: refused, code `moved`. */
  expect?: { start?: string };
}

/**
 * `written`: read back and seen. `unsupported`: this EHR takes no such change (level L0). `not-taken`: the EHR
 * said yes and did not do it. `refused`: `moved`, `gone`, `forbidden`, `no-participant`, `invalid`, `version-conflict`,
 * `status-<status>` when the visit is past that change, or `http-<status>`.
 */
export type AppointmentWriteResult =
  | { outcome: 'written'; versionId: string | null }
  | { outcome: 'unsupported' }
  | { outcome: 'not-taken' }
  | { outcome: 'refused'; code: string };

export interface BusinessIdentifier {
  system: string;
  value: string;
}

/** What we create in an EHR beside visits. */
export type WrittenResource =
  Communication | DocumentReference | Observation | Provenance | QuestionnaireResponse;
export type WrittenType = WrittenResource['resourceType'];

export interface ResourceWrite<R extends WrittenResource = WrittenResource> {
  connectionId: Uuid;
  /**
   * Stable for ever: what makes a second try find the first. The resource carries it; a Provenance, which has no
   * identifier in R4, in the `what` of an entity.
   */
  identifier: BusinessIdentifier;
  resource: R;
}
export type CommunicationWrite = ResourceWrite<Communication>;

export interface ResourceWritten {
  fhirId: string;
  versionId: string | null;
  how: 'created' | 'existing';
}

export interface Retraction {
  connectionId: Uuid;
  identifier: BusinessIdentifier;
}

/**
 * `retracted`: every copy is entered-in-error, read back. `absent`: the EHR never got one. `unsupported`: it has one, or
 * may have, and takes no such change.
 */
export type RetractionResult = 'retracted' | 'absent' | 'unsupported';
