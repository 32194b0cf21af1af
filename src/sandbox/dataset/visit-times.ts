import { DateTime, type DurationLike } from 'luxon';
import type { Random } from './random.js';

const OPENING_HOUR = 8;
const CLOSING_HOUR = 17;
const GRID_MINUTES = 15;
const SATURDAY = 6;

/** Starts on the quarter-hour grid of weekdays, 08:00 to 17:00 local, in [from, to); the whole visit fits in the day. */
export function openStarts(from: DateTime, to: DateTime, longest: DurationLike): DateTime[] {
  const starts: DateTime[] = [];
  for (let day = from.startOf('day'); day < to; day = day.plus({ days: 1 })) {
    if (day.weekday < SATURDAY) starts.push(...startsOf(day, longest));
  }
  return starts.filter((start) => start >= from && start < to);
}

function startsOf(day: DateTime, longest: DurationLike): DateTime[] {
  const last = day.set({ hour: CLOSING_HOUR }).minus(longest);
  const starts: DateTime[] = [];
  for (let at = day.set({ hour: OPENING_HOUR }); at <= last; at = at.plus({ minutes: GRID_MINUTES }))
    starts.push(at);
  return starts;
}

/** Hands out starts at random so that nobody is wanted in two places at once. */
export class Diary {
  readonly #taken = new Set<string>();

  constructor(private readonly random: Random) {}

  book(starts: DateTime[], people: string[]): DateTime {
    const first = this.random.integer(0, starts.length - 1);
    for (const start of [...starts.slice(first), ...starts.slice(0, first)]) {
      const keys = people.map((person) => `${person} ${start.toMillis()}`);
      if (keys.some((key) => this.#taken.has(key))) continue;
      keys.forEach((key) => this.#taken.add(key));
      return start;
    }
    throw new Error('no free time is left for this visit');
  }
}
