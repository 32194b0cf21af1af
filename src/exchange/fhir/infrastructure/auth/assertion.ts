import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { PrivateJwk, SigningAlg } from '../../domain/smart.js';

/** SMART App Launch 2.2 allows five minutes ahead by the EHR's clock, which may be a minute behind ours. */
const LIFETIME_SECONDS = 240;

export interface SigningKey {
  jwk: PrivateJwk;
  /** RFC 7638 thumbprint. */
  kid: string;
  alg: SigningAlg;
}

interface AssertionFacts {
  clientId: string;
  tokenUrl: string;
  key: SigningKey;
  now: Date;
}

/** Who we are, signed, for this token endpoint alone and only once. */
export async function signAssertion({ clientId, tokenUrl, key, now }: AssertionFacts): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1_000);
  return new SignJWT({})
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(await importJWK(key.jwk, key.alg));
}
