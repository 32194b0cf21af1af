import type { Slot } from 'fhir/r4.js';

/** Marks whose Slot it is, on a server that leaves that to whoever books. */
const HOLDER = 'urn:carethread:slot-holder';

/** The Slot, busy for this holder. */
export function held(slot: Slot, holder: string): Slot {
  const others = (slot.identifier ?? []).filter(({ system }) => system !== HOLDER);
  return { ...slot, status: 'busy', identifier: [...others, { system: HOLDER, value: holder }] };
}

/** The Slot, free again and without our mark. */
export function released({ identifier, ...slot }: Slot): Slot {
  const others = (identifier ?? []).filter(({ system }) => system !== HOLDER);
  return { ...slot, status: 'free', ...(others.length > 0 && { identifier: others }) };
}

export function claimedBy({ status, identifier }: Slot, holder: string): boolean {
  const isOurs = identifier?.some(({ system, value }) => system === HOLDER && value === holder);
  return status !== 'free' && isOurs === true;
}

/** Marked for somebody else than these holders. One without a mark is the desk's work. */
export function isOthers({ identifier }: Slot, holders: readonly string[]): boolean {
  const marks = (identifier ?? []).filter(({ system }) => system === HOLDER);
  return marks.some(({ value = '' }) => !holders.includes(value));
}
