import type { Appointment } from 'fhir/r4.js';
import { DateTime, FixedOffsetZone } from 'luxon';
import { isoTime } from '../appointments.js';
import type { AppointmentBook } from './appointment-book.js';

/** A clinic books this far ahead: all kinds of days but a leap day come within it. */
const BOOKABLE_DAYS = 396;
const DAY_MINUTES = 24 * 60;

export function addCalendarCases(book: AppointmentBook): void {
  for (const change of clockChanges(book.now)) addClockChange(book, change);
  const tomorrow = book.now.plus({ days: 1 }).startOf('day');
  timed(book, 'date-flip/late', tomorrow.set({ hour: 23, minute: 45 }));
  timed(book, 'date-flip/early', tomorrow.plus({ days: 1 }).set({ hour: 0, minute: 15 }));
  for (let day = tomorrow; day < book.now.plus({ days: BOOKABLE_DAYS }); day = day.plus({ days: 1 })) {
    const name = { '29 February': 'leap-day', '31 December': 'new-years-eve' }[day.toFormat('d LLLL')];
    if (name) timed(book, `calendar/${name}`, day.set({ hour: 10 }));
  }
}

interface ClockChange {
  at: DateTime;
  /** Minutes east of UTC. */
  before: number;
  after: number;
}

/** The next change of each kind, if the zone has any. */
function clockChanges(from: DateTime): ClockChange[] {
  const found: ClockChange[] = [];
  for (let day = from; found.length < 2 && day < from.plus({ days: BOOKABLE_DAYS });) {
    const next = day.plus({ days: 1 });
    if (next.offset !== day.offset)
      found.push({ at: changeAfter(day), before: day.offset, after: next.offset });
    day = next;
  }
  return found;
}

/** To the minute, by which all zones of today change. */
function changeAfter(day: DateTime): DateTime {
  const start = day.startOf('minute');
  let [low, high] = [0, DAY_MINUTES * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (start.plus({ milliseconds: middle * 60_000 }).offset === day.offset) low = middle;
    else high = middle;
  }
  return start.plus({ milliseconds: high * 60_000 });
}

/**
 * Visits at 01:30 and 02:30 and in the middle of the hour (or half hour) that the clocks leave out or repeat. What is
 * left out keeps the offset from before, as a careless server writes it; what is repeated comes with both.
 */
function addClockChange(book: AppointmentBook, { at, before, after }: ClockChange): void {
  const forward = after > before;
  const kind = forward ? 'forward' : 'back';
  const shift = Math.abs(after - before);
  const middle = at
    .setZone(FixedOffsetZone.instance(before))
    .plus({ minutes: (forward ? 1 : -1) * (shift / 2) });
  const day = middle.startOf('day');
  const local = (hour: number, minute: number, offset: number) =>
    day.setZone(FixedOffsetZone.instance(offset), { keepLocalTime: true }).set({ hour, minute });
  const { hour, minute } = middle;
  timed(book, `clocks-${kind}/01:30`, local(1, 30, before));
  timed(book, `clocks-${kind}/02:30`, local(2, 30, forward ? before : after));
  timed(book, `clocks-${kind}/middle`, local(hour, minute, before));
  if (forward) return;
  timed(book, 'clocks-back/01:30-again', local(1, 30, after));
  timed(book, 'clocks-back/middle-again', local(hour, minute, after));
}

function timed(book: AppointmentBook, name: string, start: DateTime): Appointment {
  return book.visit([name], {}, { start: isoTime(start), end: isoTime(start.plus({ minutes: 30 })) });
}
