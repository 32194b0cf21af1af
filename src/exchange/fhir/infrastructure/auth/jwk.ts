import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { PrivateJwk, PublicJwk, SigningAlg } from '../../domain/smart.js';

/** NIST SP 800-57 part 1, table 2: good for 128 bits, beyond 2030. */
const RSA_BITS = 3_072;
/** The members of a public key (RFC 7518 sections 6.2.1 and 6.3.1): what is not named stays with us. */
const PUBLIC_MEMBERS = { EC: ['crv', 'x', 'y'], RSA: ['n', 'e'] };

export async function makeKey(alg: SigningAlg): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA_BITS });
  return (await exportJWK(privateKey)) as PrivateJwk;
}

/** The public part under its RFC 7638 thumbprint. */
export async function publicPart(key: PrivateJwk, alg: SigningAlg): Promise<PublicJwk> {
  const members = Object.fromEntries(PUBLIC_MEMBERS[key.kty].map((name) => [name, key[name]!]));
  const kid = await calculateJwkThumbprint({ kty: key.kty, ...members }, 'sha256');
  return { kty: key.kty, ...members, kid, alg, use: 'sig' };
}
