import { judgeLateness } from './late.policy.js';
import { isQuiet, outsideQuietHours, type QuietHours } from './quiet-hours.policy.js';

export interface StepTurn {
  dueAt: Date;
  usefulUntil: Date;
  start: Date;
  timeZone: string;
  /** When the same visit's next reminder that goes is due; null after the last. */
  nextDueAt: Date | null;
  /** What it waited for so far. */
  reason: string | null;
  quiet: QuietHours;
  now: Date;
}

export type TurnVerdict =
  | { verdict: 'send' }
  | { verdict: 'wait'; until: Date; reason: 'quiet-hours' }
  | { verdict: 'skip'; reason: 'late' | 'superseded' | 'quiet-hours' }
  | { verdict: 'expire'; reason: string | null };

/** What becomes of a step whose turn has come, before anybody is asked. */
export function judgeTurn(turn: StepTurn): TurnVerdict {
  const { quiet, timeZone, now, usefulUntil } = turn;
  const lateness = judgeLateness(turn);
  if (lateness === 'expired') return { verdict: 'expire', reason: turn.reason };
  if (lateness !== 'send') return { verdict: 'skip', reason: lateness };
  if (!isQuiet(now, quiet, timeZone)) return { verdict: 'send' };
  const until = outsideQuietHours(now, { quiet, timeZone, now, usefulUntil });
  return until
    ? { verdict: 'wait', until, reason: 'quiet-hours' }
    : { verdict: 'skip', reason: 'quiet-hours' };
}
