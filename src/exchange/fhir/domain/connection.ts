import type { AppointmentWriteLevel, ScanBy, SummaryCarrier, SyncStrategy } from './capabilities.js';
import type { SmartAuth } from './smart.js';

export const PROFILES = ['auto', 'open', 'hapi', 'epic', 'oracle', 'athena', 'healthlake'] as const;
export type Profile = (typeof PROFILES)[number];

/** Credentials that are the same for every request. */
export type FixedAuth =
  | { type: 'none' }
  | { type: 'basic'; username: string; password: string }
  | { type: 'bearer'; token: string };

export type Auth = FixedAuth | SmartAuth;

/** `HH:MM` of the hospital's wall clock. */
export interface QuietHours {
  from: string;
  to: string;
}

export interface EscrowKey {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
}

/** A mark on a Patient by which this EHR says that the person is not to be written to. */
export interface ContactFlag {
  /** A label in meta.security, or an extension. */
  on: 'label' | 'extension';
  /** The label's code system, or the extension's URL. */
  url: string;
  /** The label's code, or the extension's value as text: `NOCONTACT`, `false`. */
  value: string;
  /** What it forbids, such as `appointment-reminders`; empty: everything. */
  purposes: string[];
}

/** All that a hospital decides about one EHR. */
export interface ConnectionSettings {
  name: string;
  /** The FHIR base without a slash at its end. */
  baseUrl: string;
  /** Other base addresses under which this EHR writes its links and references (a proxy's, an inner name). */
  alternateBaseUrls: string[];
  profile: Profile;
  auth: Auth;
  syncStrategy: 'auto' | SyncStrategy;
  scanBy: 'auto' | ScanBy;
  horizonDays: number;
  intervalSeconds: number;
  /** How far before the mark changes are asked for again: a row may show later than it is stamped. */
  overlapSeconds: number;
  /** `Location/1`; empty: all that the search gives. */
  locations: string[];
  /** `Practitioner/1`: for a scan by practitioner. */
  practitioners: string[];
  requestsPerSecond: number;
  concurrency: number;
  /** Wall clock of the hospital, in which only the next days are scanned and nothing else is asked for on its own; null: never. */
  quietHours: QuietHours | null;
  appointmentWrite: 'auto' | AppointmentWriteLevel;
  summaryCarrier: 'auto' | SummaryCarrier;
  /** The hospital's own key (public JWK, P-256) as a second recipient of each summary: it can then open them without us. */
  escrowKey: EscrowKey | null;
  /** Who sends and gets a Communication, where an EHR demands it: `Practitioner/1`, `Group/2`. */
  summarySender: string | null;
  summaryRecipients: string[];
  /** The confidentiality label in meta.security. `R` may hide a Communication from ordinary clinicians. */
  summaryLabel: 'N' | 'R' | 'V' | null;
  contactFlags: ContactFlag[];
  /** What hints are signed with; two while one takes the place of the other, none: no hints. */
  hintSecrets: string[];
  /** Whether the EHR is asked to tell of changes itself. */
  subscription: 'none' | 'rest-hook' | 'backport';
  /** The canonical address of the SubscriptionTopic, for `backport`. */
  subscriptionTopic: string | null;
  allowPrivateNetwork: boolean;
  state: 'active' | 'paused';
}

/** Every base under which the EHR writes its links and references, its own first. */
export function basesOf({
  baseUrl,
  alternateBaseUrls,
}: Pick<ConnectionSettings, 'baseUrl' | 'alternateBaseUrls'>): string[] {
  return [baseUrl, ...alternateBaseUrls];
}

/** What is wrong with a wish for a Subscription, in words; null when nothing is. */
export function faultOfSubscription({
  hintSecrets,
  subscription,
  subscriptionTopic,
}: Pick<ConnectionSettings, 'hintSecrets' | 'subscription' | 'subscriptionTopic'>): string | null {
  if (subscription === 'none') return null;
  if (hintSecrets.length === 0) return 'A subscription needs a secret: what comes is proved by it';
  return subscription === 'backport' && subscriptionTopic === null ? 'backport needs a topic' : null;
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
