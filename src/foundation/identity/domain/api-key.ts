import { createHash, randomBytes } from 'node:crypto';

/** So that secret scanners know one when they see it. */
const PREFIX = 'ctk';
/** 256 random bits: nothing to guess, so a plain hash is enough (OWASP ASVS 5, 6.5.2: 112 bits). */
const SECRET_BYTES = 32;

export const DEFAULT_LIFE_DAYS = 90;
export const LONGEST_LIFE_DAYS = 365;

/** Every right that a key may hold. */
export const SCOPES = [
  'organizations:read',
  'ehr:read',
  'ehr:write',
  'whatsapp:read',
  'whatsapp:write',
  'patients:read',
  'kept-resources:read',
  'appointments:read',
  'consents:read',
  'consents:write',
  'conversations:read',
  'conversations:write',
  'work-items:read',
  'work-items:write',
  'summaries:read',
  'summaries:open',
  'summaries:write',
  'audit:read',
  'api-keys:read',
  'api-keys:write',
  'jobs:read',
  'jobs:write',
] as const;

/** A new key in clear, shown once: `ctk_<8 characters>_<43 characters>`. */
export function makeApiKey(): { key: string; prefix: string } {
  const prefix = `${PREFIX}_${randomBytes(5).toString('hex').slice(0, 8)}`;
  return { prefix, key: `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}` };
}

/** All that is kept of a key. */
export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
