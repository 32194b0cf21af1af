import type { Arena, Person } from './arena.js';

/** The key with which a message was handed in stands in its last parameter. */
export async function timesArrived(arena: Arena): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const { parameters } of await arena.whatsapp.accepted()) {
    const key = parameters.at(-1);
    if (key) times.set(key, (times.get(key) ?? 0) + 1);
  }
  return times;
}

export interface Fate {
  key: string;
  state: string;
  reason: string | null;
  /** Somebody is asked for: an open work item of that message. */
  shown: boolean;
}

/** What the product says became of the messages that were handed in. */
export function fates(arena: Arena): Promise<Fate[]> {
  return arena.sql<Fate>(
    `select m.origin_key as key, m.state, m.reason,
            exists (select 1 from worklist.work_item w where w.organization_id = m.organization_id
                       and w.subject_kind = 'message' and w.subject_id = m.id) as shown
       from messaging.message m where m.origin = 'notice' and m.kind = 'ordinary'`,
  );
}

const SENT = ['accepted', 'sent', 'delivered', 'read', 'failed'];
/** States in which nothing more happens by itself. */
const ENDED = new Set([...SENT, 'parked', 'expired', 'refused']);

export interface Verdict {
  /** Accepted by the stand-in more than once. */
  doubled: string[];
  /** Never accepted by the stand-in, while neither an opt-out nor an open work item says why. */
  lost: string[];
  /** Without a row, or in a state that is none of the ends. */
  unnamed: string[];
  parked: string[];
}

/** `owners` has every message that was handed in; those whose owner opted out may rest unsent. */
export async function judge(
  arena: Arena,
  owners: ReadonlyMap<string, Person>,
  optedOut: ReadonlySet<Person> = new Set(),
): Promise<Verdict> {
  const [arrived, told] = await Promise.all([timesArrived(arena), fates(arena)]);
  const byKey = new Map(told.map((fate) => [fate.key, fate]));
  const keys = [...owners.keys()];
  const unsent = keys.filter((key) => !arrived.has(key));
  const isExplained = (key: string): boolean => {
    const fate = byKey.get(key);
    if (fate?.state === 'refused') return optedOut.has(owners.get(key)!);
    return fate?.state === 'parked' && fate.shown;
  };
  return {
    doubled: [...arrived].filter(([, times]) => times > 1).map(([key]) => key),
    lost: unsent.filter((key) => !isExplained(key)),
    unnamed: keys.filter((key) => !ENDED.has(byKey.get(key)?.state ?? 'none')),
    parked: keys.filter((key) => byKey.get(key)?.state === 'parked'),
  };
}

/** One line for a list of what was seen; empty when there is nothing. */
export function seen(words: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const first = keys.slice(0, 5).join(', ');
  return [`${keys.length} ${words}: ${first}${keys.length > 5 ? ', …' : ''}`];
}
