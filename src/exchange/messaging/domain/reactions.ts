import { spread } from './back-off.js';

/**
 * What a refusal by Meta means for us.
 * retry: again, with back-off · slow-number: the number's rate · slow-pair: this number to this contact ·
 * hold: nothing can go out until somebody acts · hold-templates: the same, replies excepted · template: this template
 * cannot be used · contact: this address cannot be reached · window: the customer service window is closed ·
 * consent: the person stopped us at Meta · defer: not before 24 h · drop: our own mistake, or final.
 */
export type Reaction =
  | 'retry'
  | 'slow-number'
  | 'slow-pair'
  | 'hold'
  | 'hold-templates'
  | 'template'
  | 'contact'
  | 'window'
  | 'consent'
  | 'defer'
  | 'drop';

/** A refusal: surely not sent. Without a code no connection was made, or something before Meta answered. */
export interface Refusal {
  code: number | null;
  subcode: number | null;
  httpStatus: number | null;
}

/** Codes from Meta's table "Error codes" (WhatsApp Cloud API, 2026). Branch on the code, never on a title. */
const BY_REACTION: Record<Reaction, readonly number[]> = {
  retry: [1, 2, 131000, 131016, 131053, 131057, 133004],
  'slow-number': [4, 613, 80007, 130429],
  'slow-pair': [131056],
  hold: [0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131045, 133010],
  'hold-templates': [131048, 131064],
  template: [131063, 132000, 132001, 132007, 132008, 132012, 132015, 132016],
  contact: [130403, 130472, 130497, 131026, 131062],
  window: [131047],
  consent: [131050],
  defer: [131049],
  drop: [100, 131008, 131009, 131021, 131030, 131051, 131055, 131059, 131061, 132005, 132018, 135000],
};

const REACTIONS = new Map<number, Reaction>(
  Object.entries(BY_REACTION).flatMap(([reaction, codes]) =>
    codes.map((code) => [code, reaction as Reaction]),
  ),
);

/** A send names no other object than our own number: when Meta does not find that, nothing can go out. */
const OBJECT_MISSING = { code: 100, subcode: 33 };
const PERMISSIONS = { from: 200, to: 299 };

/** The reaction to a refusal. An unknown code is judged by the HTTP status. */
export function reactionTo({ code, subcode, httpStatus }: Refusal): Reaction {
  if (code === OBJECT_MISSING.code && subcode === OBJECT_MISSING.subcode) return 'hold';
  const known = code === null ? undefined : REACTIONS.get(code);
  if (known) return known;
  if (code !== null && code >= PERMISSIONS.from && code <= PERMISSIONS.to) return 'hold';
  return code === null && isOfSomebodyElse(httpStatus) ? 'retry' : byHttpStatus(httpStatus);
}

/** Meta always gives a code. A redirect or a page that is not there came from something in between, and passes. */
function isOfSomebodyElse(status: number | null): boolean {
  return status !== null && (status < 400 || status === 404 || status === 407);
}

function byHttpStatus(status: number | null): Reaction {
  if (status === null || status >= 500) return 'retry';
  if (status === 429) return 'slow-number';
  if (status === 401 || status === 403) return 'hold';
  return 'drop';
}

/** How often a refused message is tried again at most, by code where that differs. */
const MAX_RETRIES = 5;
const RETRIES_OF_CODE = new Map([
  [1, 2],
  [131053, 1],
]);
/** Meta is away for everybody: tried until the message is of no use any more. */
const OUTAGES: ReadonlySet<number> = new Set([2, 131016, 131057]);

const BASE_MS = 2_000;
const CAP_MS = 15 * 60_000;
/** The throughput upgrade of a number takes up to a minute. */
const MAINTENANCE_MS = 60_000;
const MAINTENANCE = 131057;
const DAY_MS = 24 * 60 * 60_000;

export type NextStep =
  { state: 'ready'; delayMs: number } | { state: 'failed' } | { state: 'refused'; reason: 'window-closed' };

export interface RefusedTry extends Refusal {
  /** How often it has been refused before. */
  tries: number;
  /** What Meta's Retry-After asks for. */
  retryAfterMs: number | null;
  /** 0 ≤ chance < 1: spreads those who come back. */
  chance: number;
}

/** Whether and when a refused message goes again. */
export function nextStep(refused: RefusedTry): NextStep {
  const reaction = reactionTo(refused);
  const atLeast = refused.retryAfterMs ?? 0;
  switch (reaction) {
    case 'retry':
      return isSpent(refused)
        ? { state: 'failed' }
        : { state: 'ready', delayMs: Math.max(atLeast, retryDelay(refused)) };
    case 'slow-number':
      return { state: 'ready', delayMs: Math.max(atLeast, BASE_MS, jittered(refused)) };
    case 'slow-pair':
      // Meta's own advice for the pair rate: 4^n seconds; a burst that was refused together must not return so.
      return { state: 'ready', delayMs: Math.max(atLeast, pairDelay(refused)) };
    case 'hold':
    case 'hold-templates':
      return { state: 'ready', delayMs: 0 };
    case 'defer':
      return { state: 'ready', delayMs: Math.max(atLeast, DAY_MS) };
    case 'window':
      return { state: 'refused', reason: 'window-closed' };
    default:
      return { state: 'failed' };
  }
}

/** Without a code no connection was made, or something before Meta answered. */
function isSpent({ code, tries }: RefusedTry): boolean {
  if (code === null || OUTAGES.has(code)) return false;
  return tries >= (RETRIES_OF_CODE.get(code ?? -1) ?? MAX_RETRIES);
}

function retryDelay(refused: RefusedTry): number {
  return refused.code === MAINTENANCE ? spread(MAINTENANCE_MS, refused.chance) : jittered(refused);
}

function pairDelay({ tries, chance }: RefusedTry): number {
  return spread(Math.min(CAP_MS, 1_000 * 4 ** Math.min(tries, 8)), chance);
}

/** Full jitter: anywhere between nothing and the doubled wait. */
function jittered({ tries, chance }: RefusedTry): number {
  return Math.round(chance * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(tries, 20)));
}

/** Codes that only a new token or a person's act can mend: no probing. */
const UNTIL_SOMEBODY_ACTS = new Set([0, 190]);
/** How long a held channel waits before one more try. */
const PROBE_MS = 15 * 60_000;

export interface Hold {
  scope: 'all' | 'templates';
  /** Null: until the account is changed or checked. */
  forMs: number | null;
}

/** Whether this refusal holds the whole channel. */
export function holdFor(refusal: Refusal): Hold | null {
  const reaction = reactionTo(refusal);
  if (reaction !== 'hold' && reaction !== 'hold-templates') return null;
  const forMs = UNTIL_SOMEBODY_ACTS.has(refusal.code ?? -1) ? null : PROBE_MS;
  return { scope: reaction === 'hold' ? 'all' : 'templates', forMs };
}
