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
  /** How often a witness sent it again: once at most. */
  resends: number;
  /** Somebody is asked for: an open work item of that message. */
  shown: boolean;
}

/** What the product says became of the messages that were handed in, or of the confirmations of opt-outs. */
export function fates(arena: Arena, kind: 'ordinary' | 'stop-confirmation' = 'ordinary'): Promise<Fate[]> {
  return arena.sql<Fate>(
    `select m.origin_key as key, m.state, m.resends,
            exists (select 1 from worklist.work_item w where w.organization_id = m.organization_id
                       and w.subject_kind = 'message' and w.subject_id = m.id and w.state = 'open') as shown
       from messaging.message m where m.origin = 'notice' and m.kind = $1`,
    [kind],
  );
}

const SENT = ['accepted', 'sent', 'delivered', 'read', 'failed'];
/** States in which nothing more happens by itself. */
const ENDED = new Set([...SENT, 'parked', 'expired', 'refused']);

/** Whether it ended where nothing more happens by itself; what is parked must be shown to somebody as well. */
export function isNamed(fate: Fate | undefined): boolean {
  if (!fate || !ENDED.has(fate.state)) return false;
  return fate.state !== 'parked' || fate.shown;
}

export interface Verdict {
  /** Accepted by the stand-in more than once. */
  doubled: string[];
  /** Never accepted by the stand-in, and neither an opt-out nor the witness rule says why. */
  lost: string[];
  /** Without a row, in a state that is none of the ends, or parked where nobody is shown it. */
  unnamed: string[];
  /** Whether it arrived or not. */
  parked: string[];
  /** Never sent, because their owner opted out. */
  stopped: string[];
}

export interface JudgeOptions {
  optedOut?: ReadonlySet<Person>;
  /** Whether the run brought a witness for every message whose answer never came; true unless told otherwise. */
  witnessed?: boolean;
}

/**
 * `owners` has every message that was handed in; those whose owner opted out may rest unsent. A parked one that never
 * arrived is lost too, if the product could have sent it again: once, with a witness (a status of a send that its
 * number began a minute later). Without any webhook there is no witness, and after its one resend a message must not
 * go again, since Meta knows no idempotency key: such a one rests rightly, as long as somebody is shown it.
 */
export async function judge(
  arena: Arena,
  owners: ReadonlyMap<string, Person>,
  { optedOut = new Set(), witnessed = true }: JudgeOptions = {},
): Promise<Verdict> {
  const [arrived, told] = await Promise.all([timesArrived(arena), fates(arena)]);
  const byKey = new Map(told.map((fate) => [fate.key, fate]));
  const keys = [...owners.keys()];
  const unsent = keys.filter((key) => !arrived.has(key));
  const isStopped = (key: string): boolean =>
    byKey.get(key)?.state === 'refused' && optedOut.has(owners.get(key)!);
  const restsRightly = (key: string): boolean => {
    const fate = byKey.get(key);
    return fate?.state === 'parked' && fate.shown && (!witnessed || fate.resends > 0);
  };
  return {
    doubled: [...arrived].filter(([, times]) => times > 1).map(([key]) => key),
    lost: unsent.filter((key) => !isStopped(key) && !restsRightly(key)),
    unnamed: keys.filter((key) => !isNamed(byKey.get(key))),
    parked: keys.filter((key) => byKey.get(key)?.state === 'parked'),
    stopped: unsent.filter(isStopped),
  };
}

/** One line for a list of what was seen; empty when there is nothing. */
export function seen(words: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const first = keys.slice(0, 5).join(', ');
  return [`${keys.length} ${words}: ${first}${keys.length > 5 ? ', …' : ''}`];
}
