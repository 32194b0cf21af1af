import type { DateTime } from 'luxon';
import type { Random } from './random.js';

const OPENING_HOUR = 8;
const CLOSING_HOUR = 17;
const GRID_MINUTES = 15;
export const LONGEST_VISIT_MINUTES = 45;
const STARTS_A_DAY = ((CLOSING_HOUR - OPENING_HOUR) * 60 - LONGEST_VISIT_MINUTES) / GRID_MINUTES + 1;
const SATURDAY = 6;
/** Far more than a diary of this size needs; reached only when the span has no free time at all. */
const MAX_TRIES = 10_000;

/** A stretch of time in the hospital's zone, half open. */
export interface Span {
  from: DateTime;
  to: DateTime;
  /** For each of its weekdays the times at which a visit may start. */
  days: DateTime[][];
}

/** Hands out starts on the quarter-hour grid of weekdays, 08:00 to 17:00 local, nobody being wanted twice at once. */
export class Diary {
  readonly #taken = new Set<string>();

  constructor(private readonly random: Random) {}

  book({ from, to, days }: Span, people: string[]): DateTime {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const place = this.random.integer(0, STARTS_A_DAY - 1);
      const start = this.random.pick(days)[place] as DateTime;
      if (start >= from && start < to && this.#take(start, people)) return start;
    }
    throw new Error('no free time is left for this visit');
  }

  #take(start: DateTime, people: string[]): boolean {
    const keys = people.map((person) => `${person} ${start.toMillis()}`);
    if (keys.some((key) => this.#taken.has(key))) return false;
    keys.forEach((key) => this.#taken.add(key));
    return true;
  }
}

export function spanOf(from: DateTime, to: DateTime): Span {
  const days: DateTime[][] = [];
  for (let day = from.startOf('day'); day < to; day = day.plus({ days: 1 })) {
    if (day.weekday < SATURDAY) days.push(startsOf(day));
  }
  return { from, to, days };
}

function startsOf(day: DateTime): DateTime[] {
  return Array.from({ length: STARTS_A_DAY }, (_, place) => {
    const minutes = OPENING_HOUR * 60 + place * GRID_MINUTES;
    return day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
  });
}
