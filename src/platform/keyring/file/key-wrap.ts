import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { NONCE_BYTES, nextNonce } from '../../random/nonces.js';

const ALGORITHM = 'aes-256-gcm';
/** Always told to the decipher: without it Node accepts a tag of 4 bytes (measured with 20.20.2). */
const TAG_BYTES = 16;

/** nonce(12) | ciphertext | tag(16). At most 2^32 keys under one epoch's key (SP 800-38D section 8.3). */
export function wrapKey(encryptionKey: KeyObject, key: Uint8Array, aad: Uint8Array): Buffer {
  const nonce = nextNonce();
  const cipher = createCipheriv(ALGORITHM, encryptionKey, nonce, { authTagLength: TAG_BYTES }).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Null when the bytes are not a key that was wrapped so. */
export function unwrapKey(encryptionKey: KeyObject, wrapped: Buffer, aad: Uint8Array): Buffer | null {
  if (wrapped.length <= NONCE_BYTES + TAG_BYTES) return null;
  const nonce = wrapped.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, encryptionKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad).setAuthTag(wrapped.subarray(-TAG_BYTES));
  const key = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return key;
  } catch {
    key.fill(0);
    return null;
  }
}
