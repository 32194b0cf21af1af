import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Uuid } from '../../../platform/ids/ids.js';
import { NONCE_BYTES, nextNonce } from '../../../platform/random/nonces.js';
import type { Place, SubjectKey } from './key-subject.js';
import { lengthPrefixed } from './length-prefixed.js';

const VERSION = 1;
const AES_256_GCM = 1;
const FORMAT = 'carethread/field/1';
const HEADER_BYTES = 6;
/** Always told to the decipher: without it Node accepts a tag of 4 bytes (measured with 20.20.2). */
const TAG_BYTES = 16;

/** Bytes that an envelope adds to what it holds. */
export const ENVELOPE_OVERHEAD = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

/** What an envelope is tied to: it opens with nothing else. */
export interface Binding {
  organizationId: Uuid;
  subject: SubjectKey;
  place: Place;
}

/** One generation of a subject's data key, 32 bytes. */
export interface DataKey {
  generation: number;
  key: KeyObject;
}

/**
 * version(1) | alg(1) | generation(4, big-endian) | nonce(12) | ciphertext | tag(16). The nonce is random: at most 2^32
 * envelopes per key (SP 800-38D section 8.3).
 */
export function sealEnvelope(
  { key, generation }: DataKey,
  binding: Binding,
  plain: Uint8Array,
  nonce: Buffer = nextNonce(),
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aadOf(binding, generation));
  const envelope = Buffer.allocUnsafe(ENVELOPE_OVERHEAD + plain.length);
  envelope[0] = VERSION;
  envelope[1] = AES_256_GCM;
  envelope.writeUInt32BE(generation, 2);
  envelope.set(nonce, HEADER_BYTES);
  envelope.set(cipher.update(plain), HEADER_BYTES + NONCE_BYTES);
  // A stream cipher holds nothing back: final() gives no bytes, and makes the tag.
  cipher.final();
  envelope.set(cipher.getAuthTag(), envelope.length - TAG_BYTES);
  return envelope;
}

/** The generation of the key that an envelope was sealed with; null when the bytes are no envelope of ours. */
export function generationOf(envelope: Buffer): number | null {
  if (envelope.length < ENVELOPE_OVERHEAD) return null;
  if (envelope[0] !== VERSION || envelope[1] !== AES_256_GCM) return null;
  return envelope.readUInt32BE(2);
}

/** What the envelope holds; null when it was changed, or sealed with another key or for another binding. */
export function openEnvelope(
  { key, generation }: DataKey,
  binding: Binding,
  envelope: Buffer,
): Buffer | null {
  if (generationOf(envelope) !== generation) return null;
  const nonce = envelope.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aadOf(binding, generation)).setAuthTag(envelope.subarray(-TAG_BYTES));
  const plain = decipher.update(envelope.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}

function aadOf({ organizationId, subject, place }: Binding, generation: number): Buffer {
  const whose = `${subject.kind}/${subject.id}`;
  return lengthPrefixed([
    FORMAT,
    organizationId,
    place.table,
    place.column,
    place.row,
    whose,
    String(generation),
  ]);
}
