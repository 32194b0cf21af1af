import { DateTime } from 'luxon';

/** Half-open: from ≤ start < to. */
export interface Span {
  from: Date;
  to: Date;
}

/** Yesterday's visits still matter for a late cancel or a no-show. */
const DAYS_BACK = 2;

/** Long enough to be few requests, short enough for servers that cap a result set. */
const WINDOW_DAYS = 7;

const DAY_MS = 86_400_000;

/** Whole days in the hospital's zone: today − 2 d up to and with today + `days`. */
export function horizonOf(now: Date, timeZone: string, days: number): Span {
  const today = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day');
  return {
    from: today.minus({ days: DAYS_BACK }).toJSDate(),
    to: today.plus({ days: days + 1 }).toJSDate(),
  };
}

/**
 * Closed windows that tile the horizon and a day of slack on both sides: a server may read our instants as days
 * in a zone of its own. What lies outside the horizon is filtered here afterwards.
 */
export function windowsOf({ from, to }: Span): Span[] {
  const end = to.getTime() + DAY_MS;
  const windows: Span[] = [];
  for (let at = from.getTime() - DAY_MS; at < end; at += WINDOW_DAYS * DAY_MS) {
    windows.push({ from: new Date(at), to: new Date(Math.min(at + WINDOW_DAYS * DAY_MS, end)) });
  }
  return windows;
}

/** Two halves; null for what is a day or less. */
export function halvesOf({ from, to }: Span): [Span, Span] | null {
  const length = to.getTime() - from.getTime();
  if (length <= DAY_MS) return null;
  const middle = new Date(from.getTime() + Math.ceil(length / 2 / DAY_MS) * DAY_MS);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** What two spans have in common; null for nothing. */
export function within(a: Span, b: Span): Span | null {
  const from = a.from > b.from ? a.from : b.from;
  const to = a.to < b.to ? a.to : b.to;
  return from < to ? { from, to } : null;
}

export function contains({ from, to }: Span, at: Date): boolean {
  return at >= from && at < to;
}
