import { hash } from 'node:crypto';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { RoutedChange } from './route.js';
import { dayOf, NO_DAY } from './timestamps.js';

/** Why a row waits for a person, as its work item tells. */
export interface Parked {
  kind: string;
  reason: string;
  /** At most one open work item has it. */
  key: string;
}

/** One change as it goes into the inbox; `text` is yet to be sealed. */
export interface Arrival {
  id: Uuid;
  /** The day of Meta's own timestamp, which a retry repeats: so the dedupe key may contain it. */
  day: string;
  dedupe: Buffer;
  accountId: Uuid | null;
  field: string;
  /** The phone number id that nobody has. */
  numberId: string | null;
  parked: Parked | null;
  text: string;
}

/** `accountId` null: for a number that nobody has yet, and parked until somebody does. */
export function arrivalOf(routed: RoutedChange, accountId: Uuid | null): Arrival {
  const { change, entryId, entryTime, at, field, numberId } = routed;
  const text = JSON.stringify(change);
  return {
    id: newId(),
    day: dayOf(at),
    dedupe: hash('sha256', `${JSON.stringify([accountId ?? numberId, entryId, entryTime])}${text}`, 'buffer'),
    // A change of the whole business account belongs to no number.
    accountId: field === 'messages' ? accountId : null,
    field,
    numberId: accountId === null ? numberId : null,
    parked: accountId === null ? unknownNumber(numberId ?? '') : null,
    text,
  };
}

/** The work item of a number that nobody has. */
export function unknownNumber(numberId: string): Parked {
  return { kind: 'whatsapp-number-unknown', reason: 'no-account', key: unknownNumberKey(numberId) };
}

/** The work item of a row that could not be stored or worked. */
export function unworkedKey(id: Uuid): string {
  return `whatsapp-inbox:${id}`;
}

export function unknownNumberKey(numberId: string): string {
  return `whatsapp-number:${numberId}`;
}

/** The same with nothing in its columns that a database could refuse. */
export function asUnstorable(arrival: Arrival): Arrival {
  const parked = {
    kind: 'webhook-not-worked',
    reason: 'not-storable',
    key: unworkedKey(arrival.id),
  };
  return { ...arrival, day: NO_DAY, accountId: null, field: 'unknown', numberId: null, parked };
}
