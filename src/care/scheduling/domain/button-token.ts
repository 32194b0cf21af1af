import { createHash, randomBytes } from 'node:crypto';

/** 192 random bits: nobody guesses one (OWASP asks for 128). */
const TOKEN_BYTES = 24;
const SHAPE = /^ct1\.[A-Za-z0-9_-]{32}$/;

/** An opaque button token. It says nothing; what it stands for is kept beside its hash. */
export function newToken(): string {
  return `ct1.${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** Whether a text has the shape of our tokens. */
export function isToken(text: string | null): text is string {
  return text !== null && SHAPE.test(text);
}

/** What is stored: a plain SHA-256, since a random token needs no slow hash. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
