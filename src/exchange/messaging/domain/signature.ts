import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

const HEADER = /^sha256=[0-9a-f]{64}$/;
const PREFIX = 'sha256='.length;

/** An app secret made ready once for many signatures. */
export function secretKeyOf(appSecret: string): KeyObject {
  return createSecretKey(appSecret, 'utf8');
}

/** The value of X-Hub-Signature-256 for these bytes (Meta, webhooks: HMAC-SHA-256 with the app secret). */
export function signatureOf(appSecret: string | KeyObject, bytes: Uint8Array): string {
  return `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`;
}

/** Whether the header has the one shape that Meta sends: lower-case hex, 64 digits. */
export function isSignature(header: string | undefined): header is string {
  return header !== undefined && HEADER.test(header);
}

/** Whether this secret signed the untouched bytes. In constant time; the header's shape has been checked. */
export function isSignedBy(appSecret: string | KeyObject, bytes: Uint8Array, header: string): boolean {
  const digest = createHmac('sha256', appSecret).update(bytes).digest();
  return timingSafeEqual(digest, Buffer.from(header.slice(PREFIX), 'hex'));
}

/** Compares two secrets of any length in constant time. */
export function isSameSecret(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
