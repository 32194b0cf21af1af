import { Fault } from '../../../platform/errors/fault.js';
import type { Auth, ConnectionSettings } from '../domain/connection.js';
import { readPrivateKey } from '../domain/private-key.js';
import {
  faultOfMove,
  faultOfSettings,
  given,
  type Said,
  type SettingsFault,
} from '../domain/settings.policy.js';
import type { AuthDto, ChangeConnectionDto } from './connections.dto.js';

/** Where null says something: not there, or never. Anywhere else it says nothing that could be done. */
const MAY_BE_NULL = new Set([
  '/auth/token_url',
  '/budget/quiet_hours',
  '/summary/escrow_key',
  '/summary/sender',
  '/summary/label',
  '/hints/topic',
]);

/** Lays what was said over what holds already. Throws `ehr.null`, `ehr.base-url`, `ehr.auth`, `ehr.hints`. */
export function settingsFrom(present: ConnectionSettings, said: ChangeConnectionDto): ConnectionSettings {
  const pointer = nullIn(said, '');
  if (pointer) {
    const words = `${pointer.slice(1).replaceAll('/', '.')} may not be null. Leave it out, and it stays as it is.`;
    throw wrong({ pointer, code: 'ehr.null', words });
  }
  const settings: ConnectionSettings = {
    ...present,
    ...given(connectionSaid(said)),
    ...given(syncSaid(said)),
    ...given(budgetSaid(said)),
    ...given(summarySaid(said)),
    ...given(hintsSaid(said)),
  };
  const fault = faultOfSettings(settings) ?? (said.auth ? null : faultOfMove(present, settings));
  if (fault) throw wrong(fault);
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

function authFrom(auth: AuthDto): Auth {
  const { type, username, password, token } = auth;
  if (type === 'smart-backend') return smartFrom(auth);
  if (type === 'none') return { type };
  if (type === 'basic' && username && password) return { type, username, password };
  if (type === 'bearer' && token) return { type, token };
  throw wrongAuth('/auth', 'basic needs username and password, bearer needs token.');
}

function smartFrom(said: AuthDto): Auth {
  const { client_id: clientId, alg = 'ES384', private_key: one, private_keys: several, scopes = [] } = said;
  if (!clientId) throw wrongAuth('/auth/client_id', 'smart-backend needs the client_id of the app.');
  if (one && several) throw wrongAuth('/auth/private_keys', 'Give private_key or private_keys, not both.');
  const privateKeys = (several ?? (one ? [one] : [])).map((text) => {
    const read = readPrivateKey(text, alg);
    if ('fault' in read) throw wrongAuth('/auth/private_key', `The private key ${read.fault}.`);
    return read.key;
  });
  return { type: 'smart-backend', clientId, tokenUrl: said.token_url ?? null, alg, scopes, privateKeys };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** The first null that says nothing: where it is (`/sync/locations`). */
function nullIn(value: unknown, at: string): string | undefined {
  if (value === null) return MAY_BE_NULL.has(at) ? undefined : at;
  if (typeof value !== 'object') return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = nullIn(inner, `${at}/${name}`);
    if (found) return found;
  }
  return undefined;
}

function wrongAuth(pointer: string, words: string): Fault {
  return wrong({ pointer, code: 'ehr.auth', words });
}

function wrong({ pointer, code, words }: SettingsFault): Fault {
  return new Fault({ code, kind: 'unprocessable', words, fields: [{ pointer, code, words }] });
}
