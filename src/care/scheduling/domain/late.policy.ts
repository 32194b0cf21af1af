import { instantBefore } from './wall-clock.js';

const MINUTE_MS = 60_000;

/** A claim loop, a retry and a slow EHR may take this long without making a reminder late. */
const LATE_AFTER_MS = 15 * MINUTE_MS;

/** A late reminder goes only to someone who still has this long to act on it. */
const LATE_NEEDS_MS = 120 * MINUTE_MS;

/** Two reminders of one visit never come closer together than this because the first of them is late. */
const SUPERSEDED_WITHIN_MS = 60 * MINUTE_MS;

/** No reminder of a visit is of use in its last hour (security-reliability: useful-until). */
const LAST_HOUR_MS = 60 * MINUTE_MS;

/** Until when a reminder is of use: an hour before the visit, or half of a shorter lead. */
export function usefulUntil(start: Date, before: string, timeZone: string): Date {
  const lead = start.getTime() - instantBefore(start, before, timeZone).getTime();
  return new Date(start.getTime() - Math.min(LAST_HOUR_MS, lead / 2));
}

export type LateVerdict = 'send' | 'late' | 'superseded' | 'expired';

export interface Lateness {
  dueAt: Date;
  now: Date;
  start: Date;
  usefulUntil: Date;
  /** When the same visit's next reminder that goes is due; null after the last. */
  nextDueAt: Date | null;
}

/**
 * What becomes of a reminder whose time has come. On time it goes, but for one that quiet hours brought to the instant
 * of the next. Late (an outage, a visit booked at short notice)
 * it goes only while the visit is two hours ahead and the next reminder of the visit is more than an hour away: nobody
 * wants the same news twice in a morning. `late`, `superseded` and `expired` are the reasons by which it does not go.
 */
export function judgeLateness({ dueAt, now, start, usefulUntil, nextDueAt }: Lateness): LateVerdict {
  if (now >= usefulUntil) return 'expired';
  if (nextDueAt !== null && nextDueAt <= dueAt) return 'superseded';
  if (now.getTime() - dueAt.getTime() <= LATE_AFTER_MS) return 'send';
  if (start.getTime() - now.getTime() < LATE_NEEDS_MS) return 'late';
  const isNextNear = nextDueAt !== null && nextDueAt.getTime() - now.getTime() <= SUPERSEDED_WITHIN_MS;
  return isNextNear ? 'superseded' : 'send';
}
