import { instantOf, wallOf } from './wall-clock.js';

const DAY_MS = 86_400_000;

/** Fewer than this are everyday business, and stand in the report alone. */
const HANDFUL = 5;

/**
 * Whether so many patients were not reminded that a person should know: more than a handful in a day. A superseded
 * reminder is not counted: its patient gets the next one of the same visit.
 */
export function isWorthTelling({ superseded: _superseded, ...counts }: Record<string, number>): boolean {
  return Object.values(counts).reduce((sum, count) => sum + count, 0) > HANDFUL;
}

/** The day that an instant lies in: its name (`2027-02-01`) and its first instant. */
export function dayOf(at: Date, timeZone: string): { day: string; from: Date } {
  const wall = wallOf(at, timeZone);
  const midnight = Math.floor(wall / DAY_MS) * DAY_MS;
  return { day: new Date(midnight).toISOString().slice(0, 10), from: instantOf(midnight, timeZone) };
}
