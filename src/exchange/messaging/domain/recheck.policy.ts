const SECOND_MS = 1_000;

/** A message handed over longer ago than this may say what is no longer true: its owner is asked before it goes. */
export const RECHECK_AFTER_MS = 120 * SECOND_MS;

/** A check that failed is tried again after a quarter of the message's age, within these. */
const SHORTEST_WAIT_MS = 30 * SECOND_MS;
const LONGEST_WAIT_MS = 300 * SECOND_MS;

/** What a round had no time for, while its others were answered, comes with the next one. */
const NEXT_ROUND_MS = 5 * SECOND_MS;

/** Whether a message must be asked for again. Its age only grows: each later try is asked for too. */
export function isToRecheck(createdAt: Date, now: Date): boolean {
  return now.getTime() - createdAt.getTime() > RECHECK_AFTER_MS;
}

/** When a message whose check failed is looked at again: later the longer it has been waiting. */
export function recheckAgainAt(createdAt: Date, now: Date): Date {
  const quarter = (now.getTime() - createdAt.getTime()) / 4;
  return new Date(now.getTime() + Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, quarter)));
}

/** When a message that nobody was asked about for want of time is looked at again: its age tells nothing of the owner. */
export function recheckNextAt(now: Date): Date {
  return new Date(now.getTime() + NEXT_ROUND_MS);
}
