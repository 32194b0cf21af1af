import type { Uuid } from '../../../platform/ids/ids.js';

/** A hospital: the tenant. */
export interface Organization {
  id: Uuid;
  slug: string;
  name: string;
  /** IANA name: `Asia/Kolkata`. */
  timeZone: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** BCP 47; the first is the default. */
  languages: string[];
  /** In full years. */
  majorityAge: number;
  /** From this age on a minor is written to without the guardians; null: never. */
  confidentialFrom: number | null;
  version: number;
}

/** A place of the hospital with a wall clock of its own. */
export interface Facility {
  id: Uuid;
  name: string;
  timeZone: string;
}
