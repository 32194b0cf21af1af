import type { DocumentReference, Observation, QuestionnaireResponse } from 'fhir/r4.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { ResourceWritten } from './writes.js';

/** What is kept here where an EHR does not offer to take it. A Provenance says nothing without its target. */
export const KEEPABLE = ['DocumentReference', 'Observation', 'QuestionnaireResponse'] as const;
export type KeepableType = (typeof KEEPABLE)[number];
export type KeepableResource = DocumentReference | Observation | QuestionnaireResponse;

/**
 * kept → written | refused | stopped. `kept` is written once the EHR offers it and
 * lets us write about its patient, `refused` is for a person, who finds it
 * here; of a `written` one the EHR has the content, and we have it no more. `stopped`: its patient is being erased.
 */
export type KeptState = 'kept' | 'written' | 'refused' | 'stopped';

/** `kept`: the EHR does not offer to take it; it lies here, sealed, under this id. */
export type WrittenOrKept = ResourceWritten | { how: 'kept'; id: Uuid };

/** A kept resource without its content. */
export interface Kept {
  id: Uuid;
  connectionId: Uuid;
  /** The record that it is about. */
  patientId: Uuid;
  type: KeepableType;
  state: Exclude<KeptState, 'stopped'>;
  keptAt: Date;
  writtenAt: Date | null;
  /** `Observation/1`, once the EHR has it. */
  reference: string | null;
  /** Why the EHR did not take it when it was sent, as a code. */
  faultCode: string | null;
}

/** `resource` is null once the EHR has it. */
export interface KeptWhole extends Kept {
  resource: KeepableResource | null;
}
