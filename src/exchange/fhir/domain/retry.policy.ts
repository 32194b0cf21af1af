/** What decides about another try. */
export interface Failed {
  retryable: boolean;
  effect: 'not-done' | 'unknown';
  retryAfterSeconds: number | undefined;
}

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
/** Longer waits belong to the caller's schedule, not into a call. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Milliseconds to wait before the next try of one call, null for none. A write whose effect is unknown is never
 * repeated here: it must be looked up first. `random` is 0 to 1 (half of each wait is chance, so that many callers part).
 */
export function nextTry(
  failed: Failed,
  call: { attempt: number; write: boolean; random: number },
): number | null {
  if (!failed.retryable || call.attempt >= ATTEMPTS) return null;
  if (call.write && failed.effect === 'unknown') return null;
  if (failed.retryAfterSeconds !== undefined) {
    const asked = failed.retryAfterSeconds * 1_000;
    return asked <= LONGEST_WAIT_MS ? asked : null;
  }
  const wait = FIRST_WAIT_MS * 2 ** (call.attempt - 1);
  return wait / 2 + (wait / 2) * call.random;
}
