import type { SubscriptionNotice } from './hint.js';

export interface Progress {
  /** The highest event number heard of. */
  last: number | null;
  /** Events before this notification's own were never heard: what they were about must be looked for. */
  gap: boolean;
}

/**
 * What a notification says of the ones before it. Late and repeated ones close no gap and make none: what was missed has
 * been looked for by then.
 */
export function progressOf(last: number | null, notice: SubscriptionNotice): Progress {
  const numbers = notice.events.flatMap(({ number }) => number ?? []);
  const highest = Math.max(...numbers, notice.eventsSoFar ?? 0);
  if (last === null) return { last: highest, gap: false };
  if (highest <= last) return { last, gap: false };
  const heard = new Set(numbers);
  const unheard = Array.from({ length: Math.min(highest - last, MOST_TO_COUNT) }, (_, n) => last + 1 + n);
  return { last: highest, gap: unheard.some((number) => !heard.has(number)) };
}

/** More events than one notification can hold: among so many one is missing for sure. */
const MOST_TO_COUNT = 1_000;
