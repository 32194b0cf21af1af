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

/** 4 bytes of key hash and 64 of signature, in base64. */
const SIGNATURE_LINE = /^— \S+ [A-Za-z0-9+/]{91}=$/;

/** A note is five lines, of which the fourth is empty. */
const NOTE_LINES = 5;

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
  const [name, size = '', root, blank, signatureLine = '', ...rest] = note.split('\n');
  if (name !== origin || !SIZE.test(size) || blank !== '' || rest.join('\n') !== '') return null;
  const checkpoint = { origin, size: Number(size), root: decode(root) };
  return isSigned(checkpoint, signatureOf(signatureLine, origin), key) ? checkpoint : null;
}

function signatureOf(line: string, signer: string): Buffer {
  const prefix = `— ${signer} `;
  return decode(line.startsWith(prefix) ? line.slice(prefix.length) : '');
}

function isSigned(checkpoint: Checkpoint, signature: Buffer, key: KeyObject): boolean {
  if (!signature.subarray(0, KEY_HASH_BYTES).equals(keyHash(checkpoint.origin, key))) return false;
  return verify(null, Buffer.from(checkpointText(checkpoint)), key, signature.subarray(KEY_HASH_BYTES));
}

/** Nothing, when the text is not the one way in which its bytes are written. */
function decode(base64 = ''): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : Buffer.alloc(0);
}

/**
 * Adds a line to those of a note that is being read. A note begins with its origin; what comes before, and what a crash
 * tore off, never becomes whole.
 */
export function addLine(lines: readonly string[], line: string, origin: string): string[] {
  return line === origin ? [line] : [...lines.slice(0, NOTE_LINES), line];
}

export function isWholeNote(lines: readonly string[]): boolean {
  return lines.length === NOTE_LINES && SIGNATURE_LINE.test(lines[NOTE_LINES - 1]!);
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
