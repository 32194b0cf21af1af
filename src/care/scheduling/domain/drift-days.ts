import { DateTime } from 'luxon';
import { type Difference, type EhrVisit, type KeptVisit, stands } from './drift.policy.js';
import type { StepState } from './step.states.js';

/** Why an EHR did not show everything: a code, and words for a person. */
export interface Cause {
  code: string;
  words: string;
}

/** One day at one facility. */
export interface DriftDay {
  /** `yyyy-mm-dd` on the wall clock there. */
  day: string;
  /** `Location/1`; null where the EHR names none. */
  facility: string | null;
  /** Standing parts of visits that the EHR has. */
  ehr: number;
  /** Standing parts of visits that are kept here. */
  here: number;
  /** Reminders to come. */
  planned: number;
  /** Reminders that are with WhatsApp, as far as is known. */
  sent: number;
  /** Reminders that did not go or will not, by reason. */
  skipped: Record<string, number>;
  /** By kind. */
  differences: Record<string, number>;
  /** Standing parts of visits that the EHR keeps from us, by reason. */
  hidden: Record<string, number>;
  /** Why the EHR may have more here, or other, than it showed; empty where it showed everything. */
  incomplete: Cause[];
}

/** How one reminder of a visit stands. */
export type ReminderStanding = { state: 'planned' | 'sent' } | { state: 'skipped'; reason: string };

export interface Reminded {
  visit: KeptVisit;
  reminders: ReminderStanding[];
}

/** A visit that the EHR keeps from us. */
export interface Hidden {
  visit: KeptVisit;
  /** A code. */
  reason: string;
}

/** One day of which the EHR did not show everything; of all its facilities where none is named. */
export interface Gap {
  day: string;
  facility: string | null;
  cause: Cause;
}

/** How the newest step of a rule stands. */
export function standingOf(step: {
  state: StepState;
  undelivered: string | null;
  reason: string | null;
}): ReminderStanding {
  if (step.state === 'planned') return { state: 'planned' };
  if (step.state === 'handed' && step.undelivered === null) return { state: 'sent' };
  return { state: 'skipped', reason: step.reason ?? step.undelivered ?? step.state };
}

/** Counts per day and facility, the earliest day first. Each reminder counts, also of a visit that stands no more. */
export function daysOf(parts: {
  ehr: readonly EhrVisit[];
  here: readonly Reminded[];
  differences: readonly Difference[];
  hidden: readonly Hidden[];
  gaps: readonly Gap[];
}): DriftDay[] {
  const days = new Map<string, DriftDay>();
  for (const visit of parts.ehr.filter(stands)) dayAt(days, visit).ehr++;
  for (const { visit, reminders } of parts.here) {
    if (stands(visit)) dayAt(days, visit).here++;
    for (const reminder of reminders) countReminder(dayAt(days, visit), reminder);
  }
  for (const difference of parts.differences) {
    const day = dayAt(days, { ...difference, place: difference.facility });
    add(day.differences, difference.kind);
  }
  for (const { visit, reason } of parts.hidden.filter((one) => stands(one.visit)))
    add(dayAt(days, visit).hidden, reason);
  for (const gap of parts.gaps) for (const day of daysWith(days, gap)) note(day.incomplete, gap.cause);
  return [...days.values()].sort(byDayAndFacility);
}

/** `yyyy-mm-dd` on the wall clock of a zone. */
export function localDay(at: Date, timeZone: string): string {
  return DateTime.fromJSDate(at, { zone: timeZone }).toFormat('yyyy-MM-dd');
}

function dayAt(
  days: Map<string, DriftDay>,
  { start, timeZone, place }: { start: Date; timeZone: string; place: string | null },
): DriftDay {
  return rowOf(days, localDay(start, timeZone), place);
}

function rowOf(days: Map<string, DriftDay>, day: string, facility: string | null): DriftDay {
  const key = `${day} ${facility}`;
  const known = days.get(key);
  if (known) return known;
  const counts = { ehr: 0, here: 0, planned: 0, sent: 0, skipped: {}, differences: {}, hidden: {} };
  const made = { day, facility, ...counts, incomplete: [] };
  days.set(key, made);
  return made;
}

/** Where no facility is named, each that has something on that day. */
function daysWith(days: Map<string, DriftDay>, { day, facility }: Gap): DriftDay[] {
  const ofDay = facility === null ? [...days.values()].filter((row) => row.day === day) : [];
  return ofDay.length > 0 ? ofDay : [rowOf(days, day, facility)];
}

function note(causes: Cause[], cause: Cause): void {
  if (!causes.some(({ code }) => code === cause.code)) causes.push(cause);
}

function countReminder(day: DriftDay, reminder: ReminderStanding): void {
  if (reminder.state === 'skipped') add(day.skipped, reminder.reason);
  else day[reminder.state]++;
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function byDayAndFacility(a: DriftDay, b: DriftDay): number {
  return a.day.localeCompare(b.day) || (a.facility ?? '').localeCompare(b.facility ?? '');
}
