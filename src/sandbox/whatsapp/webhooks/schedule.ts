const MINUTE_MS = 60_000;

/** Meta tries for seven days. */
export const TRIES_END_AFTER_MS = 7 * 24 * 60 * MINUTE_MS;

/**
 * When Meta tries again, in minutes after the first try. It says "with falling frequency" and no figures: these are
 * ours, and the last is the end of the seven days.
 */
const RETRY_MINUTES = [1, 5, 15, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 5_760, 7_200, 8_640, 10_080];

/** The first retry due after the last try; instants in milliseconds of the sandbox clock. */
export function retryDueAt(firstTriedAt: number, lastTriedAt: number): number {
  const dues = RETRY_MINUTES.map((minutes) => firstTriedAt + minutes * MINUTE_MS);
  return dues.find((due) => due > lastTriedAt) ?? Infinity;
}
