import { Allow, ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { checked, type Checked } from '../../../platform/config/checked.js';
import { readSecret } from '../../../platform/config/secret-source.js';
import type { Auth } from '../domain/connection.js';
import { readPrivateKey } from '../domain/private-key.js';
import {
  faultOfTokenUrl,
  type PrivateJwk,
  SIGNING_ALGS,
  type SigningAlg,
  type SmartAuth,
} from '../domain/smart.js';

/** RFC 6749 appendix A.1, as short as any that a vendor gives. */
export const CLIENT_ID = /^[\x21-\x7e]{1,200}$/;
/** RFC 6749 section 3.3. */
export const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
export const MOST_SCOPES = 100;
/** One that signs, the next, and some that came before. */
export const MOST_KEYS = 5;
/** A PEM of RSA with 8,192 bits has 6,500 characters. */
export const KEY_LENGTH = 10_000;

class SmartBackendSetup {
  @IsIn(['smart-backend'])
  type: 'smart-backend';

  @Matches(CLIENT_ID, { message: 'clientId must be the id that the EHR gave the app' })
  clientId: string;

  @IsOptional()
  @IsString()
  tokenUrl?: string;

  @IsOptional()
  @IsIn(SIGNING_ALGS)
  alg: SigningAlg = 'ES384';

  @Allow()
  privateKey?: unknown;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_KEYS)
  privateKeys?: unknown[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SCOPES)
  @Matches(SCOPE, { each: true, message: 'each must be like system/Patient.rs' })
  scopes: string[] = [];
}

/** `auth` of type smart-backend in the setup file. */
export function parseSmart(value: unknown, at: string): Checked<SmartAuth> {
  const shape = checked(SmartBackendSetup, value, at);
  if ('faults' in shape) return shape;
  const { clientId, tokenUrl = null, alg, privateKey, privateKeys, scopes } = shape.value;
  if (privateKey !== undefined && privateKeys !== undefined)
    return { faults: [`${at} takes privateKey or privateKeys, not both.`] };
  const sources = privateKeys ?? (privateKey === undefined ? [] : [privateKey]);
  const keys = sources.map((source, index) =>
    keyFrom(source, alg, privateKeys ? `${at}.privateKeys[${index}]` : `${at}.privateKey`),
  );
  const faults = keys.flatMap((key) => ('faults' in key ? key.faults : []));
  if (faults.length > 0) return { faults };
  const read = keys.flatMap((key) => ('value' in key ? [key.value] : []));
  return { value: { type: 'smart-backend', clientId, tokenUrl, alg, scopes, privateKeys: read } };
}

export function tokenUrlFaults(auth: Auth | undefined, allowPrivateNetwork: boolean, at: string): string[] {
  if (auth?.type !== 'smart-backend' || auth.tokenUrl === null) return [];
  const fault = faultOfTokenUrl(auth.tokenUrl, allowPrivateNetwork);
  return fault ? [`${at}.tokenUrl ${fault}.`] : [];
}

function keyFrom(source: unknown, alg: SigningAlg, at: string): Checked<PrivateJwk> {
  const text = readSecret(source, at);
  if ('faults' in text) return text;
  const read = readPrivateKey(text.value, alg);
  return 'fault' in read ? { faults: [`${at} ${read.fault}.`] } : { value: read.key };
}
