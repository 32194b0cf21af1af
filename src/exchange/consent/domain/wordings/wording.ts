import type { Purpose } from '../consent.js';

/** What a patient reads, or is read, before agreeing. A text that changes gets a new version: old evidence names the old one. */
export interface Wording {
  version: string;
  /** BCP 47 */
  language: string;
  title: string;
  /** `{hospital}` stands for the hospital's name. */
  agreement: string;
  /** One sentence per purpose; only those that the patient picks apply. */
  purposes: Record<Purpose, string>;
  information: string;
  risks: readonly string[];
  stopping: string;
  otherChannels: string;
}
