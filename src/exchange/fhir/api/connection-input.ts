import { Fault } from '../../../platform/errors/fault.js';
import {
  type Auth,
  type ConnectionSettings,
  faultOfBaseUrl,
  faultOfSubscription,
} from '../domain/connection.js';
import { readPrivateKey } from '../domain/private-key.js';
import { faultOfTokenUrl } from '../domain/smart.js';
import type { AuthDto, ChangeConnectionDto } from './connections.dto.js';

/** What holds where nothing is said. A real EHR is asked gently. */
export const DEFAULTS: Omit<ConnectionSettings, 'name' | 'baseUrl'> = {
  alternateBaseUrls: [],
  profile: 'auto',
  auth: { type: 'none' },
  syncStrategy: 'auto',
  scanBy: 'auto',
  horizonDays: 45,
  intervalSeconds: 600,
  overlapSeconds: 300,
  locations: [],
  practitioners: [],
  requestsPerSecond: 5,
  concurrency: 2,
  quietHours: null,
  appointmentWrite: 'auto',
  summaryCarrier: 'auto',
  escrowKey: null,
  summarySender: null,
  summaryRecipients: [],
  summaryLabel: null,
  contactFlags: [],
  hintSecrets: [],
  subscription: 'none',
  subscriptionTopic: null,
  allowPrivateNetwork: false,
  state: 'active',
};

type Said = { [K in keyof ConnectionSettings]?: ConnectionSettings[K] | undefined };

/** Lays what was said over what holds already. Throws `ehr.base-url`, `ehr.auth`. */
export function settingsFrom(present: ConnectionSettings, said: ChangeConnectionDto): ConnectionSettings {
  const settings: ConnectionSettings = {
    ...present,
    ...given(connectionSaid(said)),
    ...given(syncSaid(said)),
    ...given(budgetSaid(said)),
    ...given(summarySaid(said)),
    ...given(hintsSaid(said)),
  };
  const { baseUrl, alternateBaseUrls, allowPrivateNetwork } = settings;
  const fault = faultOfBaseUrl(baseUrl, allowPrivateNetwork);
  if (fault) throw wrong('/base_url', 'ehr.base-url', `The base address ${fault}.`);
  const other = alternateBaseUrls.map((url) => faultOfBaseUrl(url, allowPrivateNetwork)).find(Boolean);
  if (other) throw wrong('/alternate_base_urls', 'ehr.base-url', `An alternate base address ${other}.`);
  const token = settings.auth.type === 'smart-backend' ? settings.auth.tokenUrl : null;
  const tokenFault = token === null ? null : faultOfTokenUrl(token, allowPrivateNetwork);
  if (tokenFault) throw wrong('/auth/token_url', 'ehr.auth', `The token address ${tokenFault}.`);
  const faultOfHints = faultOfSubscription(settings);
  if (faultOfHints) throw wrong('/hints', 'ehr.hints', `${faultOfHints}.`);
  if (settings.auth.type !== 'none' && movesSecret(present, said, settings)) {
    throw wrong(
      '/auth',
      'ehr.auth',
      'A new base address needs its credentials again: the old ones stay with the old one.',
    );
  }
  return settings;
}

function connectionSaid(said: ChangeConnectionDto): Said {
  return {
    name: said.name,
    baseUrl: said.base_url && withoutSlash(said.base_url),
    alternateBaseUrls: said.alternate_base_urls?.map(withoutSlash),
    profile: said.profile,
    auth: said.auth && authFrom(said.auth),
    appointmentWrite: said.appointment_write,
    contactFlags: said.contact_flags,
    allowPrivateNetwork: said.allow_private_network,
    state: said.state,
  };
}

function syncSaid({ sync }: ChangeConnectionDto): Said {
  return {
    syncStrategy: sync?.strategy,
    scanBy: sync?.scan_by,
    horizonDays: sync?.horizon_days,
    intervalSeconds: sync?.interval_seconds,
    overlapSeconds: sync?.overlap_seconds,
    locations: sync?.locations,
    practitioners: sync?.practitioners,
  };
}

function budgetSaid({ budget }: ChangeConnectionDto): Said {
  return {
    requestsPerSecond: budget?.requests_per_second,
    concurrency: budget?.concurrency,
    quietHours: budget?.quiet_hours,
  };
}

function hintsSaid({ hints }: ChangeConnectionDto): Said {
  return {
    hintSecrets: hints?.secrets,
    subscription: hints?.subscription,
    subscriptionTopic: hints?.topic,
  };
}

function summarySaid({ summary }: ChangeConnectionDto): Said {
  return {
    summaryCarrier: summary?.carrier,
    escrowKey: summary?.escrow_key,
    summarySender: summary?.sender,
    summaryRecipients: summary?.recipients,
    summaryLabel: summary?.label,
  };
}

/** A kept secret must not follow the address to another server. */
function movesSecret(
  present: ConnectionSettings,
  said: ChangeConnectionDto,
  next: ConnectionSettings,
): boolean {
  if (said.auth) return false;
  return present.baseUrl !== '' && new URL(present.baseUrl).origin !== new URL(next.baseUrl).origin;
}

function authFrom(auth: AuthDto): Auth {
  const { type, username, password, token } = auth;
  if (type === 'smart-backend') return smartFrom(auth);
  if (type === 'none') return { type };
  if (type === 'basic' && username && password) return { type, username, password };
  if (type === 'bearer' && token) return { type, token };
  throw wrong('/auth', 'ehr.auth', 'basic needs username and password, bearer needs token.');
}

function smartFrom(said: AuthDto): Auth {
  const { client_id: clientId, alg = 'ES384', private_key: one, private_keys: several, scopes = [] } = said;
  if (!clientId) throw wrong('/auth/client_id', 'ehr.auth', 'smart-backend needs the client_id of the app.');
  if (one && several)
    throw wrong('/auth/private_keys', 'ehr.auth', 'Give private_key or private_keys, not both.');
  const privateKeys = (several ?? (one ? [one] : [])).map((text) => {
    const read = readPrivateKey(text, alg);
    if ('fault' in read) throw wrong('/auth/private_key', 'ehr.auth', `The private key ${read.fault}.`);
    return read.key;
  });
  return { type: 'smart-backend', clientId, tokenUrl: said.token_url ?? null, alg, scopes, privateKeys };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function given(said: Said): Partial<ConnectionSettings> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function wrong(pointer: string, code: string, words: string): Fault {
  return new Fault({ code, kind: 'unprocessable', words, fields: [{ pointer, code, words }] });
}
