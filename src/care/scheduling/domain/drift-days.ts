import { DateTime } from 'luxon';
import { type Difference, type EhrVisit, type KeptVisit, stands } from './drift.policy.js';
import type { StepState } from './step.states.js';

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
}

/** How one reminder of a visit stands. */
export type ReminderStanding = { state: 'planned' | 'sent' } | { state: 'skipped'; reason: string };

export interface Reminded {
  visit: KeptVisit;
  reminders: ReminderStanding[];
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
  const day = localDay(start, timeZone);
  const key = `${day} ${place}`;
  const known = days.get(key);
  if (known) return known;
  const made = { day, facility: place, ehr: 0, here: 0, planned: 0, sent: 0, skipped: {}, differences: {} };
  days.set(key, made);
  return made;
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
