import type { Context } from '../../../platform/context/context.js';
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
  figures: SyncFigures;
  /** What the searches of this sync have shown, in its newest version: `Appointment/1`… */
  seen: Map<string, Stamp>;
  /** Rows that could not be used, so that each counts once. */
  bad: Set<string>;
  /** The EHR's clock when the sync began. */
  startedAt: Date | null;
  /** Called before each page: throws within seconds when another process has taken over. */
  keep(): Promise<void>;
}

export function addTo({ figures, bad }: SyncRun, taken: Taken): void {
  for (const type of ['Patient', 'Practitioner', 'Location', 'Appointment'] as const) {
    figures.changed[type] += taken.changed[type];
  }
  for (const { type, fhirId, reason } of taken.bad) {
    if (!bad.has(`${type}/${fhirId}`)) count(figures.quarantined, reason, 1);
    bad.add(`${type}/${fhirId}`);
  }
  figures.ignored += taken.ignored;
  figures.older += taken.older;
  if (taken.postponed === 0) return;
  figures.complete = false;
  warn(figures, 'companion-unread');
}

export function warn(figures: SyncFigures, warning: string): void {
  if (!figures.warnings.includes(warning)) figures.warnings.push(warning);
}

export function count(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}
