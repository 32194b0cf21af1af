import { type ConnectionSettings, faultOfBaseUrl, faultOfSubscription } from './connection.js';
import { faultOfTokenUrl } from './smart.js';

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

/** Some settings of a connection; undefined: nothing is said of it. */
export type Said = { [K in keyof ConnectionSettings]?: ConnectionSettings[K] | null | undefined };

export interface SettingsFault {
  /** As `/v1` names it: `/auth/token_url`. */
  pointer: string;
  code: string;
  words: string;
}

/** What null says something of: not there, or never. */
const NULLABLE: readonly string[] = [
  'quietHours',
  'escrowKey',
  'summarySender',
  'summaryLabel',
  'subscriptionTopic',
] satisfies (keyof ConnectionSettings)[];

/** Only what something was said of. */
export function given(said: Said): Partial<ConnectionSettings> {
  const entries = Object.entries(said).filter(
    ([name, value]) => value !== undefined && (value !== null || NULLABLE.includes(name)),
  );
  return Object.fromEntries(entries);
}

/** What does not go together in settings; null when all does. */
export function faultOfSettings(settings: ConnectionSettings): SettingsFault | null {
  const { baseUrl, alternateBaseUrls, allowPrivateNetwork, auth } = settings;
  const fault = faultOfBaseUrl(baseUrl, allowPrivateNetwork);
  if (fault) return { pointer: '/base_url', code: 'ehr.base-url', words: `The base address ${fault}.` };
  const other = alternateBaseUrls.map((url) => faultOfBaseUrl(url, allowPrivateNetwork)).find(Boolean);
  if (other) {
    const words = `An alternate base address ${other}.`;
    return { pointer: '/alternate_base_urls', code: 'ehr.base-url', words };
  }
  const token = auth.type === 'smart-backend' ? auth.tokenUrl : null;
  const tokenFault = token === null ? null : faultOfTokenUrl(token, allowPrivateNetwork);
  if (tokenFault) {
    return { pointer: '/auth/token_url', code: 'ehr.auth', words: `The token address ${tokenFault}.` };
  }
  const hints = faultOfSubscription(settings);
  return hints ? { pointer: '/hints', code: 'ehr.hints', words: `${hints}.` } : null;
}

/** A kept secret must not follow the address to another server. Of settings whose credentials were not said anew. */
export function faultOfMove(present: ConnectionSettings, next: ConnectionSettings): SettingsFault | null {
  if (next.auth.type === 'none' || present.baseUrl === '') return null;
  if (new URL(present.baseUrl).origin === new URL(next.baseUrl).origin) return null;
  const words = 'A new base address needs its credentials again: the old ones stay with the old one.';
  return { pointer: '/auth', code: 'ehr.auth', words };
}
