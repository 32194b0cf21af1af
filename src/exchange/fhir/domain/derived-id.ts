import { createHash } from 'node:crypto';
import type { Uuid } from '../../../platform/ids/ids.js';

/** A stable id for a resource of a type that is not followed, from its address. */
export function derivedId(connectionId: Uuid, type: string, fhirId: string): Uuid {
  return idFrom(`${connectionId}/${type}/${fhirId}`);
}

/** The same id for the same text: UUIDv8 (RFC 9562 section 5.8). */
export function idFrom(text: string): Uuid {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = 0x80 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
