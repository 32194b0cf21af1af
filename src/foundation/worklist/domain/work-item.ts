import type { Uuid } from '../../../platform/ids/ids.js';

/** What a module asks of the staff. Codes and ids only: the words are looked up where they are shown. */
export interface NewWorkItem {
  /** What is to be done: `appointment-cancellation`. */
  kind: string;
  /** Why it fell to a person: `ehr-cannot-write`. */
  reason: string;
  /** At most one open item has this key. */
  key: string;
  subject: { kind: string; id: Uuid };
  patientId?: Uuid;
  dueAt?: Date;
  /** Counts by code, for an item that sums up many things. Raising an open item again replaces them. */
  detail?: Readonly<Record<string, number>>;
}

/** An item as it stands. */
export interface WorkItem {
  id: Uuid;
  kind: string;
  subject: { kind: string; id: Uuid };
  state: 'open' | 'resolved';
  /** What was done, as a code. */
  resolution: string | null;
}

/** How soon staff should look at an item that names no time of its own. */
export const DEFAULT_DUE_HOURS = 24;
