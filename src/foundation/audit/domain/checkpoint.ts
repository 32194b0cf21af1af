import { createHash, verify, type KeyObject } from 'node:crypto';
import type { Uuid } from '../../../platform/ids/ids.js';

/** What a checkpoint says: this tree had this root at this size. */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

const ED25519 = Buffer.from([1]);
const KEY_HASH_BYTES = 4;
const SIZE = /^(0|[1-9]\d{0,15})$/;

/** A checkpoint in one piece: five lines, of which the fourth is empty. */
export const NOTE_LINES = 5;

export function originOf(organizationId: Uuid): string {
  return `carethread/audit/${organizationId}`;
}

/** The text that is signed: C2SP tlog-checkpoint, three lines each with its newline. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** The text with its signature: C2SP signed-note, Ed25519, the key named as the origin. */
export function signedNote(checkpoint: Checkpoint, signature: Buffer, key: KeyObject): string {
  const line = Buffer.concat([keyHash(checkpoint.origin, key), signature]).toString('base64');
  return `${checkpointText(checkpoint)}\n— ${checkpoint.origin} ${line}\n`;
}

/** The checkpoint of a note whose signature holds under this key and for this origin, else null. */
export function readNote(note: string, origin: string, key: KeyObject): Checkpoint | null {
  const [name, size, root, blank, signatureLine, ...rest] = note.split('\n');
  if (name !== origin || !size || !root || blank !== '' || rest.join('') !== '') return null;
  const checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  const [dash, signer, encoded] = (signatureLine ?? '').split(' ');
  if (!SIZE.test(size) || dash !== '—' || signer !== origin || !encoded) return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (!bytes.subarray(0, KEY_HASH_BYTES).equals(keyHash(origin, key))) return null;
  const signed = verify(null, Buffer.from(checkpointText(checkpoint)), key, bytes.subarray(KEY_HASH_BYTES));
  return signed ? checkpoint : null;
}

/** The size that a note claims, whether or not its signature holds; null when it claims none. */
export function claimedSize(note: string): number | null {
  const size = note.split('\n')[1] ?? '';
  return SIZE.test(size) ? Number(size) : null;
}

/** C2SP signed-note: the first four bytes of SHA-256(name, newline, algorithm, public key). */
function keyHash(name: string, key: KeyObject): Buffer {
  const publicKey = Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
  const input = Buffer.concat([Buffer.from(`${name}\n`), ED25519, publicKey]);
  return createHash('sha256').update(input).digest().subarray(0, KEY_HASH_BYTES);
}
