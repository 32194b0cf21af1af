import type { Context } from '../../../platform/context/context.js';
import type { Band } from '../domain/bands.js';
import type { Capabilities } from '../domain/capabilities.js';
import type { SyncFigures } from '../domain/figures.js';
import type { Stamp } from '../domain/stamp.js';
import type { Connected } from '../infrastructure/clients.js';
import type { Sweep, Taken } from './intake.js';

/** One sync under way. */
export interface SyncRun extends Sweep {
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  now: Date;
  band: Band;
  figures: SyncFigures;
  /** Visits that the last searches have shown, in their newest version: `Appointment/1`. Emptied now and then. */
  visits: Map<string, Stamp>;
  /** Rows that could not be used, so that each counts once. */
  bad: Set<string>;
  /** The EHR's clock when the sync began. */
  startedAt: Date | null;
  /** Whether a search had more than one page, and whether a row was changed after the sync began. */
  steady: { paged: boolean; changed: boolean };
  /** Set while a full sync looks for what the changes should have brought. */
  drift: Drift | null;
  /** Called before each page: throws within seconds when another process has taken over. */
  keep(): Promise<void>;
}

/** A visit that starts before `horizonEnd` and was changed before `changedBefore` should have been known. */
export interface Drift {
  horizonEnd: Date;
  changedBefore: Date;
}

export function addTo(run: SyncRun, taken: Taken): void {
  const { figures, bad } = run;
  for (const type of Object.keys(taken.changed) as (keyof Taken['changed'])[]) {
    figures.changed[type] += taken.changed[type];
  }
  for (const { type, fhirId, reason } of taken.bad) {
    if (!bad.has(`${type}/${fhirId}`)) count(figures.quarantined, reason, 1);
    bad.add(`${type}/${fhirId}`);
  }
  figures.ignored += taken.ignored;
  figures.older += taken.older;
  figures.drift += taken.visits.filter((visit) => isDrift(visit, run.drift)).length;
  if (taken.postponed === 0) return;
  figures.complete = false;
  warn(figures, 'companion-unread');
}

function isDrift({ startsAt, lastUpdated }: Taken['visits'][number], drift: Drift | null): boolean {
  if (!drift || (startsAt && startsAt >= drift.horizonEnd)) return false;
  return !lastUpdated || lastUpdated < drift.changedBefore;
}

export function warn(figures: SyncFigures, warning: string): void {
  if (!figures.warnings.includes(warning)) figures.warnings.push(warning);
}

export function count(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}
