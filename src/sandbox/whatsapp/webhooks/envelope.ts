import type { Account } from '../model.js';
import { listOf, type Json } from '../json.js';

/** One change on its way to a business. Updates of one lane arrive in the order in which they were submitted. */
export interface Update {
  account: Account;
  lane: string;
  field: string;
  value: Json;
  /** Seconds; management fields carry it, `messages` does not. */
  time?: number;
}

/** One POST: an entry for each business account, a change for each update. */
export function envelopeOf(updates: Update[]): object {
  const entries = new Map<string, { id: string; time?: number; changes: object[] }>();
  for (const { account, field, value, time } of updates) {
    const id = account.business.id;
    const entry = entries.get(id) ?? { id, changes: [] };
    entry.time ??= time;
    entry.changes.push({ value, field });
    entries.set(id, entry);
  }
  return { object: 'whatsapp_business_account', entry: [...entries.values()] };
}

const LISTS = ['contacts', 'messages', 'statuses'];

/** The `messages` updates of each number as one, which holds all their messages and statuses; the others as they are. */
export function mergedUpdates(updates: Update[]): Update[] {
  const merged = new Map<string, Update>();
  updates.forEach((update, at) => {
    const key = update.field === 'messages' ? update.account.phoneNumberId : `${at}`;
    const before = merged.get(key);
    merged.set(key, before ? { ...before, value: mergedValue(before.value, update.value) } : update);
  });
  return [...merged.values()];
}

const mergedValue = (one: Json, other: Json): Json => ({
  ...one,
  ...Object.fromEntries(
    LISTS.filter((key) => key in one || key in other).map((key) => [
      key,
      [...listOf(one[key]), ...listOf(other[key])],
    ]),
  ),
});
