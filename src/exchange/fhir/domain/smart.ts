/** SMART App Launch 2.2, client-confidential-asymmetric: an EHR must take these two. */
export const SIGNING_ALGS = ['RS384', 'ES384'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** A private key by the members of its JWK (RFC 7517, RFC 7518 section 6), without a kid. */
export type PrivateJwk = { kty: 'EC' | 'RSA' } & Record<string, string>;

/** SMART Backend Services: we prove who we are by a signature, and get a token that soon ends. */
export interface SmartAuth {
  type: 'smart-backend';
  clientId: string;
  /** null: where the EHR's own metadata says. */
  tokenUrl: string | null;
  alg: SigningAlg;
  /** Asked for in place of what the connection uses; none: just that. */
  scopes: string[];
  /** The hospital's own keys: the first signs, the rest are only published. None: the product makes one and keeps it. */
  privateKeys: PrivateJwk[];
}

/** What was asked of a token endpoint, and what it granted. */
export interface Scopes {
  asked: string[];
  granted: string[];
}

/** A public key as the EHR gets it. */
export interface PublicJwk {
  kty: string;
  /** RFC 7638 thumbprint. */
  kid: string;
  alg: string;
  use: 'sig';
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
}

/** What is wrong with a token address, in words; null when nothing is. */
export function faultOfTokenUrl(text: string, allowPrivateNetwork: boolean): string | null {
  if (!URL.canParse(text)) return 'must be an http(s) address';
  const { protocol, username, password, hash } = new URL(text);
  if (!['http:', 'https:'].includes(protocol)) return 'must be an http(s) address';
  if (username || password) return 'must not carry a user or a password';
  if (hash) return 'must not carry a fragment';
  if (protocol === 'http:' && !allowPrivateNetwork) return 'must be https outside of a private network';
  return null;
}
