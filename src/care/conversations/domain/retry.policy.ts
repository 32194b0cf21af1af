/** An answer that fails this often falls to a person: with the pauses below, after about half an hour. */
export const MAX_ANSWER_ATTEMPTS = 5;

const FIRST_PAUSE_SECONDS = 30;
const FACTOR = 4;
const LONGEST_PAUSE_SECONDS = 1_200;

/** How long to wait after this many failures (1 or more). */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * FACTOR ** (failures - 1), LONGEST_PAUSE_SECONDS);
}
