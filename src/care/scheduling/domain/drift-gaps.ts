import { DateTime } from 'luxon';
import { type Cause, type Gap, localDay } from './drift-days.js';
import type { DriftWindow } from './drift-window.js';

/** Days that an EHR did not show in full. From ≤ start < to. */
interface Unseen {
  /** What was asked for beside the days: `Location/1`; empty for nothing. */
  place: string;
  from: Date;
  to: Date;
  cause: Cause;
}

/**
 * The days of the hospital that an EHR did not show in full. A search that names a practitioner or a patient says nothing
 * of where, so its days are incomplete at every facility.
 */
export function gapsOf({ place, from, to, cause }: Unseen, window: DriftWindow, timeZone: string): Gap[] {
  const facility = place.startsWith('Location/') ? place : null;
  return daysBetween(inside(from.getTime(), window), inside(to.getTime() - 1, window), timeZone).map(
    (day) => ({ day, facility, cause }),
  );
}

/** Searches reach a day beyond the window on both sides: what is missing there may belong to its first or last day. */
function inside(at: number, { from, until }: DriftWindow): Date {
  return new Date(Math.min(Math.max(at, from.getTime()), until.getTime() - 1));
}

/** Both counted. */
function daysBetween(first: Date, last: Date, timeZone: string): string[] {
  const days: string[] = [];
  const end = localDay(last, timeZone);
  for (let at = DateTime.fromJSDate(first, { zone: timeZone }); ; at = at.plus({ days: 1 })) {
    const day = at.toFormat('yyyy-MM-dd');
    if (day > end) return days;
    days.push(day);
  }
}
