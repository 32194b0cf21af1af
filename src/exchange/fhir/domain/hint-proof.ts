import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A replayed hint does no harm beyond a read; older than this it is not worth one. */
const WITHIN_SECONDS = 300;

/** `sha256=` and 64 hexadecimal digits. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** What came with a hint to prove it. */
export interface Proof {
  /** `X-Hint-Signature`: HMAC-SHA-256 over the timestamp, a full stop and the body. */
  signature: string | undefined;
  /** `X-Hint-Timestamp`: seconds since 1970. */
  timestamp: string | undefined;
  /** `Authorization: Bearer …`, for an EHR that can send a fixed header and nothing computed. */
  authorization: string | undefined;
}

/** The signature that an interface engine puts on a hint. */
export function signHint(secret: string, timestamp: string, body: Uint8Array): string {
  return `sha256=${hmacOf(secret, timestamp, body).toString('hex')}`;
}

/** What a Subscription's channel header carries: made from the secret, and worth nothing for signing. */
export function subscriptionToken(secret: string, connectionId: string): string {
  return createHmac('sha256', secret).update(`subscription ${connectionId}`).digest('base64url');
}

/** Whether one of the connection's secrets made this proof. In constant time for each. */
export function isProven(
  { signature, timestamp, authorization }: Proof,
  {
    secrets,
    connectionId,
    body,
    now,
  }: { secrets: readonly string[]; connectionId: string; body: Uint8Array; now: Date },
): boolean {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (token !== undefined)
    return secrets.some((secret) => isSame(token, subscriptionToken(secret, connectionId)));
  const digest = SIGNATURE.exec(signature ?? '')?.[1];
  if (digest === undefined || timestamp === undefined || !isRecent(timestamp, now)) return false;
  const given = Buffer.from(digest, 'hex');
  return secrets.some((secret) => timingSafeEqual(given, hmacOf(secret, timestamp, body)));
}

function isRecent(timestamp: string, now: Date): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  return Math.abs(now.getTime() / 1_000 - Number(timestamp)) <= WITHIN_SECONDS;
}

function hmacOf(secret: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
