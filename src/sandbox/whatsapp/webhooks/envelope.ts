import type { Account } from '../model.js';

/** One change on its way to a business. Updates of one lane arrive in the order in which they were submitted. */
export interface Update {
  account: Account;
  lane: string;
  field: string;
  value: object;
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
