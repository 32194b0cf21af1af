import type { AppointmentWriteLevel, SummaryCarrier, SyncStrategy } from './capabilities.js';

export const PROFILES = ['auto', 'open', 'hapi', 'epic', 'oracle', 'athena', 'healthlake'] as const;
export type Profile = (typeof PROFILES)[number];

export type Auth =
  | { type: 'none' }
  | { type: 'basic'; username: string; password: string }
  | { type: 'bearer'; token: string };

/** All that a hospital decides about one EHR. */
export interface ConnectionSettings {
  name: string;
  /** The FHIR base without a slash at its end. */
  baseUrl: string;
  profile: Profile;
  auth: Auth;
  syncStrategy: 'auto' | SyncStrategy;
  horizonDays: number;
  intervalSeconds: number;
  /** `Location/1`; empty: all that the search gives. */
  locations: string[];
  requestsPerSecond: number;
  concurrency: number;
  appointmentWrite: 'auto' | Exclude<AppointmentWriteLevel, 'L3'>;
  summaryCarrier: 'auto' | SummaryCarrier;
  allowPrivateNetwork: boolean;
  state: 'active' | 'paused';
}

/** What is wrong with a FHIR base address, in words; null when nothing is. */
export function faultOfBaseUrl(text: string, allowPrivateNetwork: boolean): string | null {
  if (!URL.canParse(text)) return 'must be an http(s) address';
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) return 'must be an http(s) address';
  if (url.username || url.password) return 'must not carry a user or a password';
  if (url.search || url.hash) return 'must not carry a query or a fragment';
  if (url.protocol === 'http:' && !allowPrivateNetwork) return 'must be https outside of a private network';
  return null;
}
