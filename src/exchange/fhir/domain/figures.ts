import type { Band } from './bands.js';
import type { SyncStrategy } from './capabilities.js';
import type { SyncedType } from './rows.js';

/** The warning of a sync whose EHR said that it dropped a filter. */
export const PARAMETER_IGNORED = 'parameter-ignored';

/** What one sync did. Counts and codes only. */
export interface SyncFigures {
  strategy: SyncStrategy;
  /** Whether every day of the horizon was read, not only what changed. */
  full: boolean;
  band: 'changes' | Band;
  complete: boolean;
  pages: number;
  rows: number;
  changed: Record<SyncedType, number>;
  gone: number;
  forbidden: number;
  /** Rows that this sync could not use, by reason. */
  quarantined: Record<string, number>;
  ignored: number;
  /** Rows older than what is known. */
  older: number;
  /** Visits that a full sync found although the changes before it should have brought them. */
  drift: number;
  warnings: string[];
}

export function noFigures(strategy: SyncFigures['strategy'], band: SyncFigures['band']): SyncFigures {
  return {
    strategy,
    full: band === 'all',
    band,
    complete: true,
    pages: 0,
    rows: 0,
    changed: { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 },
    gone: 0,
    forbidden: 0,
    quarantined: {},
    ignored: 0,
    older: 0,
    drift: 0,
    warnings: [],
  };
}
