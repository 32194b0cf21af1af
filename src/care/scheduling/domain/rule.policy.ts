import { Duration } from 'luxon';

/** One reminder that a hospital sends before each visit. */
export interface Rule {
  /** The hospital's own name for it: `one-day`. */
  key: string;
  /** ISO 8601 duration before the visit: `P1D`. */
  before: string;
  /** The message template's name. */
  template: string;
  /** Also for visits that are only pending. */
  pending: boolean;
}

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS;

/** A reminder needs a lead of a minute to a year. */
export function isLead(text: unknown): text is string {
  if (typeof text !== 'string' || !/^P[\dA-Z]+$/.test(text)) return false;
  const duration = Duration.fromISO(text);
  return duration.isValid && duration.toMillis() >= MINUTE_MS && duration.toMillis() <= YEAR_MS;
}
