import { DateTime, Duration } from 'luxon';

/** A clock that runs like a real one but can be put anywhere. */
export class MovableClock {
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
