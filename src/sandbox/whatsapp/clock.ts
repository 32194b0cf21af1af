import { Duration } from 'luxon';

export interface Clock {
  now(): Date;
  /** Moves the clock; answers how many milliseconds it moved. */
  set(instant: Date): number;
  advance(iso8601Duration: string): number;
}

/** A clock that starts at `start`, runs with real time and can be moved. */
export function makeClock(start: Date): Clock {
  let base = start.getTime();
  let since = performance.now();
  const now = () => new Date(base + performance.now() - since);
  const set = (instant: Date): number => {
    const moved = instant.getTime() - now().getTime();
    base = instant.getTime();
    since = performance.now();
    return moved;
  };
  const advance = (duration: string): number => set(new Date(now().getTime() + millisecondsOf(duration)));
  return { now, set, advance };
}

function millisecondsOf(duration: string): number {
  const parsed = Duration.fromISO(duration);
  if (!parsed.isValid) throw new RangeError('advance must be an ISO 8601 duration such as PT25H');
  return parsed.toMillis();
}

/** Unix seconds as text: the form of every timestamp in a webhook. */
export const unixSeconds = (instant: Date): string => String(Math.floor(instant.getTime() / 1000));
