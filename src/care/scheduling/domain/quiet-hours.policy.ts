import { instantOf, wallOf } from './wall-clock.js';

/** Local wall times `HH:MM`; from one to the other, often over midnight. Equal times: no quiet hours. */
export interface QuietHours {
  from: string;
  to: string;
}

/** What holds for a hospital that has said nothing. */
export const DEFAULT_QUIET_HOURS: QuietHours = { from: '21:00', to: '08:00' };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A reminder pulled into the evening goes this long before quiet begins, so that a retry still falls outside. */
const EVENING_LEAD_MS = 30 * MINUTE_MS;

export function isQuiet(at: Date, quiet: QuietHours, timeZone: string): boolean {
  const [from, to, time] = [msOf(quiet.from), msOf(quiet.to), timeOfDay(wallOf(at, timeZone))];
  if (from === to) return false;
  return from < to ? time >= from && time < to : time >= from || time < to;
}

export interface QuietCase {
  quiet: QuietHours;
  timeZone: string;
  now: Date;
  usefulUntil: Date;
}

/**
 * When something due may go. Outside quiet hours: when it is due. Inside: in the evening before, half an hour
 * ahead of quiet (or now, if less is left), while that evening is still ahead; else when quiet ends. Null when that
 * is later than it is of use.
 */
export function outsideQuietHours(due: Date, { quiet, timeZone, now, usefulUntil }: QuietCase): Date | null {
  if (!isQuiet(due, quiet, timeZone)) return due;
  const { begin, end } = spanAround(due, quiet, timeZone);
  const evening = new Date(Math.max(now.getTime(), begin.getTime() - EVENING_LEAD_MS));
  if (evening < begin && !isQuiet(evening, quiet, timeZone)) return evening;
  return end <= usefulUntil ? end : null;
}

/** The quiet span that an instant lies in. */
function spanAround(at: Date, quiet: QuietHours, timeZone: string): { begin: Date; end: Date } {
  const wall = wallOf(at, timeZone);
  const midnight = wall - timeOfDay(wall);
  const overnight = msOf(quiet.from) > msOf(quiet.to);
  const beganOn = overnight && timeOfDay(wall) < msOf(quiet.to) ? midnight - DAY_MS : midnight;
  const endWall = beganOn + (overnight ? DAY_MS : 0) + msOf(quiet.to);
  const end = instantOf(endWall, timeZone);
  return {
    begin: instantOf(beganOn + msOf(quiet.from), timeZone),
    // In the second run of a doubled hour the wall time of the end may have passed once already.
    end: end > at ? end : new Date(at.getTime() + endWall - wall),
  };
}

function timeOfDay(wallMs: number): number {
  return ((wallMs % DAY_MS) + DAY_MS) % DAY_MS;
}

function msOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours! * 60 + minutes!) * MINUTE_MS;
}
