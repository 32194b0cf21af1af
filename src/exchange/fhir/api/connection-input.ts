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

/** Lays what was said over what holds already. Throws `ehr.base-url`, `ehr.auth`. */
export function settingsFrom(present: ConnectionSettings, said: ChangeConnectionDto): ConnectionSettings {
  const settings: ConnectionSettings = {
    ...present,
    ...given({
      name: said.name,
      baseUrl: said.base_url?.replace(/\/+$/, ''),
      profile: said.profile,
      auth: said.auth && authFrom(said.auth),
      syncStrategy: said.sync?.strategy,
      horizonDays: said.sync?.horizon_days,
      intervalSeconds: said.sync?.interval_seconds,
      locations: said.sync?.locations,
      requestsPerSecond: said.budget?.requests_per_second,
      concurrency: said.budget?.concurrency,
      appointmentWrite: said.appointment_write,
      summaryCarrier: said.summary?.carrier,
      allowPrivateNetwork: said.allow_private_network,
      state: said.state,
    }),
  };
  const fault = faultOfBaseUrl(settings.baseUrl, settings.allowPrivateNetwork);
  if (fault) throw wrong('/base_url', 'ehr.base-url', `The base address ${fault}.`);
  if (settings.auth.type !== 'none' && movesSecret(present, said, settings)) {
    throw wrong('/auth', 'ehr.auth', 'A new base address needs its credentials again: the old ones stay with the old one.');
  }
  return settings;
}

/** A kept secret must not follow the address to another server. */
function movesSecret(present: ConnectionSettings, said: ChangeConnectionDto, next: ConnectionSettings): boolean {
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

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function wrong(pointer: string, code: string, words: string): Fault {
  return new Fault({ code, kind: 'unprocessable', words, fields: [{ pointer, code, words }] });
}
