const MINUTE_MS = 60_000;

/**
 * How long a summary waits for answers that are on their way: a wish is tried in the EHR for about four minutes and
 * an unanswered send is settled or parked after ten.
 */
export const LONGEST_WAIT_MS = 15 * MINUTE_MS;

/** Whether a summary first asked for then may wait longer; after that it tells what is known. */
export function mayWait(since: Date, now: Date): boolean {
  return now.getTime() - since.getTime() < LONGEST_WAIT_MS;
}
