import type { Communication } from 'fhir/r4.js';
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

export interface CommunicationWrite {
  connectionId: Uuid;
  /** Stable for ever: what makes a second try find the first. */
  identifier: { system: string; value: string };
  /** `Patient/1` */
  patient: string;
  resource: Communication;
}

export interface CommunicationWritten {
  fhirId: string;
  versionId: string | null;
  how: 'created' | 'existing';
}
