import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { SubjectKey } from './key-subject.js';
import { lengthPrefixed } from './length-prefixed.js';

export const DATA_KEY_BYTES = 32;

/** The generation that a subject's first key has. */
export const FIRST_GENERATION = 1;

export function newDataKey(): Buffer {
  return randomBytes(DATA_KEY_BYTES);
}

/**
 * HMAC-SHA-256 of a constant under the key, 32 bytes, kept beside the wrapped key: AES-GCM alone does not commit to its
 * key, so bytes could be made that open under two.
 */
export function commitmentOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('carethread/data-key/commitment/1').digest();
}

/** What a wrapped data key is tied to. */
export function wrapAad(organizationId: Uuid, subject: SubjectKey, generation: number): Buffer {
  return lengthPrefixed([
    'carethread/data-key/1',
    organizationId,
    subject.kind,
    subject.id,
    String(generation),
  ]);
}

export function commitmentMatches(key: Buffer, commitment: Buffer): boolean {
  const expected = commitmentOf(key);
  return expected.length === commitment.length && timingSafeEqual(expected, commitment);
}
