import { DateTime } from 'luxon';
import { Fault } from '../../../platform/errors/fault.js';

/** Days of the hospital, `yyyy-mm-dd`, both counted. */
export interface DriftDays {
  from?: string;
  until?: string;
  /** So many days in place of the last. */
  count?: number;
}

export interface DriftWindow {
  from: Date;
  until: Date;
}

/** Today and the seven days after it. */
const DAYS = 8;
/** What a person can look through, and an EHR answers within minutes. */
export const MOST_DRIFT_DAYS = 14;
/** After the scan of all days, which begins at three. */
const NIGHT_HOUR = 4;

/** From the first of these days to the end of the last, on the hospital's wall clock. Throws `drift.days`. */
export function driftWindow(
  { from, until, count = DAYS }: DriftDays,
  now: Date,
  timeZone: string,
): DriftWindow {
  const today = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day');
  const first = from === undefined ? today : DateTime.fromISO(from, { zone: timeZone });
  const last =
    until === undefined ? first.plus({ days: count - 1 }) : DateTime.fromISO(until, { zone: timeZone });
  const days = last.diff(first, 'days').days + 1;
  // What is no day has no difference to another.
  if (!(days >= 1 && days <= MOST_DRIFT_DAYS)) throw badDays();
  return { from: first.toJSDate(), until: last.plus({ days: 1 }).startOf('day').toJSDate() };
}

/** Whether a window holds all that is looked at by itself. */
export function isWhole(window: DriftWindow, now: Date, timeZone: string): boolean {
  const whole = driftWindow({}, now, timeZone);
  return window.from <= whole.from && window.until >= whole.until;
}

/** The hospital's day whose night has come; null before. */
export function nightOf(now: Date, timeZone: string): string | null {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  return local.hour < NIGHT_HOUR ? null : local.toFormat('yyyy-MM-dd');
}

function badDays(): Fault {
  return new Fault({
    code: 'drift.days',
    kind: 'invalid',
    words: `Name a first and a last day, at most ${MOST_DRIFT_DAYS} days.`,
  });
}
