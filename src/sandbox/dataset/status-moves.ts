import type { Appointment } from 'fhir/r4.js';

type Status = Appointment['status'];

/** What a visit of each status may become; any row may also be marked entered-in-error. */
export const statusMoves: Record<Status, Status[]> = {
  proposed: ['pending', 'booked', 'waitlist', 'cancelled'],
  pending: ['booked', 'waitlist', 'cancelled'],
  waitlist: ['proposed', 'pending', 'booked', 'cancelled'],
  booked: ['arrived', 'checked-in', 'fulfilled', 'cancelled', 'noshow'],
  arrived: ['checked-in', 'fulfilled', 'cancelled'],
  'checked-in': ['fulfilled', 'cancelled'],
  fulfilled: [],
  cancelled: [],
  noshow: [],
  'entered-in-error': [],
};

/** Each move that a status may make, as `[from, to]`. */
export const legalMoves: [Status, Status][] = (Object.keys(statusMoves) as Status[]).flatMap((from) => {
  const wrong: Status[] = from === 'entered-in-error' ? [] : ['entered-in-error'];
  return [...statusMoves[from], ...wrong].map((to): [Status, Status] => [from, to]);
});

export const moveName = (from: Status, to: Status): string => `move/${from}/${to}`;
