import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { SmartClient } from './client.js';
import type { SmartServer } from './server.js';

/** SMART App Launch 2.2, client-confidential-asymmetric: both must be taken, nothing else is. */
export const SIGNING_ALGS = ['RS384', 'ES384'];
const LONGEST_SECONDS = 300;

/** An answer of RFC 6749 section 5.2. */
export class OAuthRefusal extends Error {
  constructor(
    readonly error: string,
    readonly why: string,
  ) {
    super(error);
  }
}

const no = (why: string): OAuthRefusal => new OAuthRefusal('invalid_client', why);

export interface Proven {
  client: SmartClient;
  kid: string;
}

/** Checks who signed, for whom, until when, and that it was not used before. Throws OAuthRefusal. */
export async function checkAssertion(
  server: SmartServer,
  assertion: string,
  audience: string,
): Promise<Proven> {
  const { alg, kid, typ, claims } = unproven(assertion);
  if (!SIGNING_ALGS.includes(alg ?? '')) throw no('the algorithm is not RS384 or ES384');
  if (typ !== 'JWT' || !kid) throw no('typ must be JWT, and kid name a key');
  const client = server.clients.get(claims.iss ?? '');
  if (!client || claims.sub !== claims.iss) throw no('iss and sub must both be a registered client');
  const key = await server.keys.find(client, kid);
  if (!key) throw no('the client has no such key');
  const verified = await verify(assertion, { key, alg, now: server.clock.now() });
  if (!verified) throw no('the signature is not the client’s, or its time is over');
  checkClaims(server, verified.payload, audience);
  return { client, kid };
}

async function verify(assertion: string, { key, alg, now }: { key: JWK; alg?: string; now: Date }) {
  try {
    // The key may be of another kind than the algorithm.
    const imported = await importJWK(key, alg);
    return await jwtVerify(assertion, imported, { algorithms: SIGNING_ALGS, currentDate: now });
  } catch {
    return undefined;
  }
}

function unproven(assertion: string) {
  try {
    return { ...decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
  } catch {
    throw no('the assertion is no JWT');
  }
}

function checkClaims({ clock, used }: SmartServer, { aud, exp, jti }: JWTPayload, audience: string): void {
  const now = clock.now().getTime();
  if (aud !== audience) throw no('aud must be this token endpoint');
  if (exp === undefined || exp * 1000 > now + LONGEST_SECONDS * 1000)
    throw no('exp must lie within five minutes');
  if (!jti || (used.get(jti) ?? 0) > now) throw no('jti is missing, or was used before');
  used.set(jti, exp * 1000);
}
