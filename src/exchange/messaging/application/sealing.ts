import type { KeySubject, Place } from '../../../foundation/vault/index.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Content } from '../domain/content.js';

/** What is sealed of a message of ours. */
export interface SentContent {
  content: Content;
  /** As the patient reads it. */
  text: string;
}

/** What is sealed of a message from a patient's phone. */
export interface ReceivedContent {
  wamid: string;
  text: string | null;
  token: string | null;
}

export const ORGANIZATION: KeySubject = { kind: 'organization' };

/** Whose key seals a message: the patient's once somebody is named, before that the contact's. */
export function subjectOf(row: { patientId: Uuid | null; addressId: Uuid }): KeySubject {
  return row.patientId === null
    ? { kind: 'contact', id: row.addressId }
    : { kind: 'patient', id: row.patientId };
}

export function placeOf(
  table: 'account' | 'inbox' | 'message' | 'received',
  column: string,
  row: Uuid,
): Place {
  return { table: `messaging.${table}`, column, row };
}

/** Purpose of the blind index over wamids. */
export const WAMID = 'messaging.wamid';

/** Erasing one member of a household leaves what the others wrote readable: erased rows are left out. */
export function legible<Row, T>(rows: readonly Row[], open: (row: Row) => T): T[] {
  return rows.flatMap((row) => {
    try {
      return [open(row)];
    } catch (error) {
      if (error instanceof Fault && error.code === 'vault.key-destroyed') return [];
      throw error;
    }
  });
}
