const SECOND_MS = 1_000;

/** A step whose visit cannot be read waits 30 s, then twice as long each time, a quarter of an hour at most. */
const FIRST_MS = 30 * SECOND_MS;
const LONGEST_MS = 900 * SECOND_MS;

/** Templates and addresses change when people act: they are looked for every five minutes. */
const FOR_PEOPLE_MS = 300 * SECOND_MS;

/** When a step that could not be read is tried again, at the latest when it ends being of use. */
export function readAgainAt(step: { attempts: number; usefulUntil: Date }, now: Date): Date {
  return atMost(step.usefulUntil, now.getTime() + Math.min(FIRST_MS * 2 ** step.attempts, LONGEST_MS));
}

/** When a step that waits for a person's doing is tried again, at the latest when it ends being of use. */
export function lookAgainAt(step: { usefulUntil: Date }, now: Date): Date {
  return atMost(step.usefulUntil, now.getTime() + FOR_PEOPLE_MS);
}

function atMost(limit: Date, atMs: number): Date {
  return new Date(Math.min(limit.getTime(), atMs));
}
