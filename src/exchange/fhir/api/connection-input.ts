import { Fault } from '../../../platform/errors/fault.js';
import { type Auth, type ConnectionSettings, faultOfBaseUrl } from '../domain/connection.js';
import type { AuthDto, ChangeConnectionDto } from './connections.dto.js';

/** What holds where nothing is said. A real EHR is asked gently. */
export const DEFAULTS: Omit<ConnectionSettings, 'name' | 'baseUrl'> = {
  profile: 'auto',
  auth: { type: 'none' },
  syncStrategy: 'auto',
  horizonDays: 45,
  intervalSeconds: 300,
  locations: [],
  requestsPerSecond: 5,
  concurrency: 2,
  appointmentWrite: 'auto',
  summaryCarrier: 'auto',
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
    ...given({
      requestsPerSecond: said.budget?.requests_per_second,
      concurrency: said.budget?.concurrency,
      summaryCarrier: said.summary?.carrier,
    }),
  };
  const fault = faultOfBaseUrl(settings.baseUrl, settings.allowPrivateNetwork);
  if (fault) throw wrong('/base_url', 'ehr.base-url', `The base address ${fault}.`);
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
    baseUrl: said.base_url?.replace(/\/+$/, ''),
    profile: said.profile,
    auth: said.auth && authFrom(said.auth),
    appointmentWrite: said.appointment_write,
    allowPrivateNetwork: said.allow_private_network,
    state: said.state,
  };
}

function syncSaid({ sync }: ChangeConnectionDto): Said {
  return {
    syncStrategy: sync?.strategy,
    horizonDays: sync?.horizon_days,
    intervalSeconds: sync?.interval_seconds,
    locations: sync?.locations,
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
  if (type === 'smart-backend') throw wrong('/auth/type', 'ehr.auth', 'smart-backend is not offered yet.');
  if (type === 'none') return { type };
  if (type === 'basic' && username && password) return { type, username, password };
  if (type === 'bearer' && token) return { type, token };
  throw wrong('/auth', 'ehr.auth', 'basic needs username and password, bearer needs token.');
}

function given(said: Said): Partial<ConnectionSettings> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function wrong(pointer: string, code: string, words: string): Fault {
  return new Fault({ code, kind: 'unprocessable', words, fields: [{ pointer, code, words }] });
}
