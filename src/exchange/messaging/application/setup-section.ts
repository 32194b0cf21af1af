import { IsBoolean, IsDefined, IsOptional, Matches, MaxLength } from 'class-validator';
import { checked, checkedList, type Checked } from '../../../platform/config/checked.js';
import { readSecret } from '../../../platform/config/secret-source.js';
import { GRAPH_BASE_URL, isAllowedBaseUrl, META_ID } from '../domain/account.policy.js';
import type { AccountFields } from './accounts.js';

class WhatsappSetup {
  @Matches(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, { message: 'must be a short name' })
  name: string;

  @Matches(GRAPH_BASE_URL, { message: 'must be an address with a version: https://graph.facebook.com/v25.0' })
  @MaxLength(500)
  graphBaseUrl: string;

  @Matches(META_ID, { message: 'must be the digits of an id, in quotes' })
  businessAccountId: string;

  @Matches(META_ID, { message: 'must be the digits of an id, in quotes' })
  phoneNumberId: string;

  @IsDefined({ message: 'is missing' })
  accessToken: unknown;

  @IsDefined({ message: 'is missing' })
  appSecret: unknown;

  @IsDefined({ message: 'is missing' })
  verifyToken: unknown;

  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  allowPrivateNetwork?: boolean;
}

/** The section `whatsapp` of an organization: every fault at once, none with a secret in it. */
export function parseWhatsappSection(value: unknown, at: string): Checked<AccountFields[]> {
  const accounts = checkedList(value, at, parseAccount);
  if ('faults' in accounts) return accounts;
  const names = accounts.value.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return twice.length > 0
    ? { faults: twice.map((name) => `${at}: the name ${name} is used twice.`) }
    : accounts;
}

function parseAccount(value: unknown, at: string): Checked<AccountFields> {
  const shape = checked(WhatsappSetup, value, at);
  // Also of an account that is wrong in other ways: whoever mends the file wants to see it all.
  const secrets = readSecrets((value ?? {}) as Partial<WhatsappSetup>, at);
  if ('faults' in shape) return { faults: [...shape.faults, ...secrets.faults] };
  const {
    accessToken: _,
    appSecret: __,
    verifyToken: ___,
    allowPrivateNetwork = false,
    ...plain
  } = shape.value;
  const faults = [...addressFaults(plain.graphBaseUrl, allowPrivateNetwork, at), ...secrets.faults];
  if (faults.length > 0) return { faults };
  return { value: { ...plain, allowPrivateNetwork, ...secrets.value } };
}

function addressFaults(graphBaseUrl: string, allowPrivateNetwork: boolean, at: string): string[] {
  if (isAllowedBaseUrl(graphBaseUrl, allowPrivateNetwork)) return [];
  return [`${at}.graphBaseUrl must begin with https:// unless allowPrivateNetwork is true.`];
}

type Secrets = Pick<AccountFields, 'accessToken' | 'appSecrets' | 'verifyToken'>;

/** Those that are there; a missing one is the shape's fault. */
function readSecrets(given: Partial<WhatsappSetup>, at: string): { value: Secrets; faults: string[] } {
  const faults: string[] = [];
  const take = (source: unknown, where: string): string => {
    if (source === undefined || source === null) return '';
    const secret = readSecret(source, where);
    if ('value' in secret) return secret.value;
    faults.push(...secret.faults);
    return '';
  };
  const value = {
    accessToken: take(given.accessToken, `${at}.accessToken`),
    appSecrets: appSecretsOf(given.appSecret, `${at}.appSecret`, { take, faults }),
    verifyToken: take(given.verifyToken, `${at}.verifyToken`),
  };
  return { value, faults };
}

/** One secret, or a list of two during rotation. */
function appSecretsOf(
  source: unknown,
  at: string,
  by: { take: (source: unknown, where: string) => string; faults: string[] },
): string[] {
  if (!Array.isArray(source)) return [by.take(source, at)];
  if (source.length < 1 || source.length > 2)
    by.faults.push(`${at} takes one secret, or two during rotation.`);
  return source.map((one, index) => by.take(one, `${at}[${index}]`));
}
