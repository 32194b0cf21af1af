import { DateTime } from 'luxon';
import type { QuietHours } from './connection.js';
import type { Span } from './windows.js';

/** Parts of the horizon with a rhythm of their own: the next three days, all days ahead, and all with the days before. */
export const BANDS = ['near', 'rest', 'all'] as const;
export type Band = (typeof BANDS)[number];

/** A change of what is near must be here before the reminder; what is far has time. */
const NEAR_MS = 72 * 3_600_000;
const REST_EVERY_SECONDS = 3_600;
/** In the hospital's night; no clock is put forward over this hour. */
const NIGHT_HOUR = 3;

/** The days that a scan of this band reads. */
export function spanOf(band: Band, horizon: Span, now: Date): Span {
  if (band === 'all') return horizon;
  const near = new Date(Math.min(now.getTime() + NEAR_MS, horizon.to.getTime()));
  return { from: now, to: band === 'near' ? near : horizon.to };
}

/** Which part is read now. In quiet hours nothing but the next days. */
export function bandOf(due: { full: boolean; rest: boolean; quiet: boolean }): Band {
  if (due.quiet) return 'near';
  if (due.full) return 'all';
  return due.rest ? 'rest' : 'near';
}

/** Seconds between two scans of all days ahead. */
export function restEverySeconds(intervalSeconds: number): number {
  return Math.max(REST_EVERY_SECONDS, intervalSeconds);
}

/** The next night after an instant, or the end of the quiet hours that lie over it. */
export function nextNight(after: Date, timeZone: string, quiet: QuietHours | null): Date {
  const wall = DateTime.fromJSDate(after, { zone: timeZone });
  const today = wall.set({ hour: NIGHT_HOUR, minute: 0, second: 0, millisecond: 0 });
  const night = today > wall ? today : today.plus({ days: 1 });
  return quiet && isQuiet(night.toJSDate(), timeZone, quiet)
    ? endOfQuiet(night, quiet).toJSDate()
    : night.toJSDate();
}

export function isQuiet(at: Date, timeZone: string, { from, to }: QuietHours): boolean {
  const time = DateTime.fromJSDate(at, { zone: timeZone }).toFormat('HH:mm');
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

function endOfQuiet(at: DateTime, { to }: QuietHours): DateTime {
  const [hour, minute] = to.split(':').map(Number) as [number, number];
  const end = at.set({ hour, minute, second: 0, millisecond: 0 });
  return end > at ? end : end.plus({ days: 1 });
}
