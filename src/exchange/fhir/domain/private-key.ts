import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { PrivateJwk, SigningAlg } from './smart.js';

/** RFC 7518 section 3.3: RSA keys of 2048 bits or more. */
const MIN_RSA_BITS = 2048;
const SAMPLE = Buffer.from('CareThread');

/** Reads a private key, PEM (PKCS #8, SEC 1 or PKCS #1, not encrypted) or a JWK. The fault never quotes it. */
export function readPrivateKey(text: string, alg: SigningAlg): { key: PrivateJwk } | { fault: string } {
  const key = parsed(text);
  if (!key) return { fault: 'is no private key: give a PEM without a passphrase, or a JWK' };
  const fault = alg === 'ES384' ? faultOfEc(key) : faultOfRsa(key);
  if (fault) return { fault };
  if (!holdsTogether(key))
    return { fault: 'is broken: its private part and its public part do not belong together' };
  return { key: key.export({ format: 'jwk' }) as PrivateJwk };
}

function parsed(text: string): KeyObject | null {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith('{'))
      return createPrivateKey({ key: JSON.parse(trimmed) as object, format: 'jwk' } as never);
    // An environment variable often holds its line breaks as two characters.
    return createPrivateKey(trimmed.replaceAll('\\n', '\n'));
  } catch {
    // The reason may quote the key.
    return null;
  }
}

function faultOfEc({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  const fits = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1';
  return fits ? null : 'must be of the curve P-384 for ES384';
}

function faultOfRsa({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  const fits = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return fits ? null : 'must be an RSA key of 2048 bits or more for RS384';
}

/** A JWK says its public part itself, and OpenSSL believes it. */
function holdsTogether(key: KeyObject): boolean {
  return verify('sha384', SAMPLE, createPublicKey(key), sign('sha384', SAMPLE, key));
}
