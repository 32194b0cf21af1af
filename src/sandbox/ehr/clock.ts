import { DateTime, Duration } from 'luxon';

export interface Clock {
  now(): Date;
}

/** A clock that runs like a real one but can be put anywhere. */
export class MovableClock implements Clock {
  #offsetMs: number;

  constructor(start: Date) {
    this.#offsetMs = start.getTime() - Date.now();
  }

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  set(instant: Date): void {
    this.#offsetMs = instant.getTime() - Date.now();
  }

  /** Calendar parts count in UTC. */
  advance(duration: Duration): void {
    this.set(DateTime.fromJSDate(this.now(), { zone: 'utc' }).plus(duration).toJSDate());
  }
}

/** A server's clock: fast by `skewMs`, slow when that is negative. */
export class SkewedClock implements Clock {
  skewMs = 0;

  constructor(private readonly right: Clock) {}

  now(): Date {
    return new Date(this.right.now().getTime() + this.skewMs);
  }
}
