import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import type { DataKey } from './envelope.js';
import { lengthPrefixed } from './length-prefixed.js';

const RECORD_KEY_BYTES = 32;
/** Every kid of ours begins with it. */
export const PATIENT_PREFIX = 'pat';
const VERSION = /^[1-9]\d{0,9}$/;

/**
 * The key that a patient's records in the EHR are sealed with: HKDF-SHA-256 (RFC 5869) of the data key, so that neither
 * key serves the other's purpose. It ends with the data key.
 */
export function recordKeyOf({ key, generation }: DataKey, organizationId: Uuid, patientId: Uuid): KeyObject {
  const info = lengthPrefixed(['carethread/record-key/1', organizationId, patientId, String(generation)]);
  const bytes = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, RECORD_KEY_BYTES));
  const recordKey = createSecretKey(bytes);
  bytes.fill(0);
  return recordKey;
}

/** `pat_…/1`: our patient id, which no merge in the EHR changes, and the generation of the key. */
export function recordKid(patientId: Uuid, generation: number): string {
  return `${publicId(PATIENT_PREFIX, patientId)}/${generation}`;
}

/** The generation that a kid of this patient names; null when it is another's or none. */
export function generationOfKid(patientId: Uuid, kid: string): number | null {
  const prefix = `${publicId(PATIENT_PREFIX, patientId)}/`;
  const version = kid.slice(prefix.length);
  return kid.startsWith(prefix) && VERSION.test(version) ? Number(version) : null;
}
