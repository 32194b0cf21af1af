import { judgeTurn, type StepTurn } from './step-turn.policy.js';
import type { PlannedVisit } from './step-plan.policy.js';
import { notLiveReason } from './visit.policy.js';

export interface WaitedReminder extends Omit<StepTurn, 'start' | 'timeZone' | 'reason'> {
  /** As the EHR tells it now. */
  visit: PlannedVisit;
  /** The visit version that it was worded for. */
  visitVersion: number;
}

export type RecheckVerdict =
  { verdict: 'go' } | { verdict: 'wait'; until: Date; reason: string } | { verdict: 'drop'; reason: string };

/**
 * What becomes of a reminder that was handed over and had to wait. It falls with its visit, by the same reasons that
 * planning gives; else the rules of a due step hold for it once more: not at night, not late. One that is of no use
 * any more waits until that instant, so that it ends as expired.
 */
export function judgeWaited({ visit, visitVersion, ...turn }: WaitedReminder): RecheckVerdict {
  const fallen = fallenReason(visit, visitVersion);
  if (fallen) return { verdict: 'drop', reason: fallen };
  const { start, timeZone } = visit;
  const judged = judgeTurn({ ...turn, start, timeZone, reason: null });
  switch (judged.verdict) {
    case 'send':
      return { verdict: 'go' };
    case 'wait':
      return judged;
    case 'skip':
      return { verdict: 'drop', reason: judged.reason };
    case 'expire':
      return { verdict: 'wait', until: turn.usefulUntil, reason: 'expired' };
  }
}

function fallenReason(visit: PlannedVisit, visitVersion: number): string | null {
  const notLive = notLiveReason(visit);
  if (notLive) return notLive;
  if (visit.cancelAsked) return 'patient-cancelled';
  return visit.visitVersion === visitVersion ? null : 'visit-changed';
}
