import { idAt, isRecord, recordAt, recordsAt, textAt, type Json } from './json.js';
import { timeOfChange } from './timestamps.js';

/** Whose a change may be. */
export interface Route {
  phoneNumberId: string;
  businessAccountId: string;
  organizationId: string;
  accountId: string;
}

/** One change of a webhook and the account it is for. */
export interface RoutedChange<R extends Route = Route> {
  change: Json;
  field: string;
  entryId: string | null;
  entryTime: number | string | null;
  /** Meta's own time. */
  at: Date | null;
  /** What Meta calls the number; null for a change of a whole business account. */
  numberId: string | null;
  /** Null when no account has this number or business. */
  account: R | null;
}

const FIELD = /^[a-z_]{1,64}$/;
const NUMBER_ID = /^[0-9]{1,32}$/;
/** Stands for every number id that is none. */
const NO_NUMBER_ID = 'unreadable';

/**
 * Takes a webhook apart, change by change: one POST may hold several entries, changes and numbers of several
 * organizations. A change of a number goes by `metadata.phone_number_id`; one of a whole business account goes to
 * every organization that has a number there. What is no change is left out.
 */
export function routeChanges<R extends Route>(body: unknown, accounts: readonly R[]): RoutedChange<R>[] {
  if (!isRecord(body)) return [];
  return recordsAt(body, 'entry').flatMap((entry) =>
    recordsAt(entry, 'changes').flatMap((change) => routeChange(entry, change, accounts)),
  );
}

function routeChange<R extends Route>(entry: Json, change: Json, accounts: readonly R[]): RoutedChange<R>[] {
  const value = recordAt(change, 'value');
  const field = textAt(change, 'field') ?? '';
  const entryTime =
    typeof entry['time'] === 'number' || typeof entry['time'] === 'string' ? entry['time'] : null;
  const entryId = idAt(entry, 'id');
  const number = numberIn(value, field);
  const routed = {
    change,
    field: FIELD.test(field) ? field : 'unknown',
    entryId,
    entryTime,
    at: timeOfChange(value, entryTime),
    numberId: number === null || NUMBER_ID.test(number) ? number : NO_NUMBER_ID,
  };
  const owners =
    number === null
      ? ownersOf(entryId, accounts)
      : accounts.filter(({ phoneNumberId }) => phoneNumberId === number);
  if (owners.length === 0) return [{ ...routed, account: null }];
  return owners.map((account) => ({ ...routed, account }));
}

/** A message always names its number: without one it is nobody's, rather than everybody's of the business. */
function numberIn(value: Json, field: string): string | null {
  const number = idAt(recordAt(value, 'metadata'), 'phone_number_id');
  return number ?? (field === 'messages' ? NO_NUMBER_ID : null);
}

/** One account for each organization that has a number in this business account. */
function ownersOf<R extends Route>(businessAccountId: string | null, accounts: readonly R[]): R[] {
  const of = accounts.filter((account) => account.businessAccountId === businessAccountId);
  return [...new Map(of.map((account) => [account.organizationId, account])).values()];
}
