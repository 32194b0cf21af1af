import type { Capabilities } from './capabilities.js';
import type { Overrides } from './capability.policy.js';

/** What staff are told of when there is less of it, each from the least to the most. */
const RANKS = {
  appointmentWrite: ['L0', 'L1', 'L2', 'L3'],
  summaryCarrier: ['F', 'D', 'C', 'B'],
  syncStrategy: ['window-scan', 'notify-then-read', 'last-updated'],
} as const;
const NAMES = ['appointmentWrite', 'summaryCarrier', 'syncStrategy'] as const;

/** What an EHR could do before it could do less, until it can again. */
export type Lost = { [K in (typeof NAMES)[number]]?: Capabilities[K] };

interface Before {
  capabilities: Capabilities | null;
  lost: Lost | null;
}

/** What is lost by now. What the hospital itself wishes lower, or no longer wishes higher, is not. */
export function lostOf(found: Capabilities, before: Before, settings: Overrides): Lost {
  const lost = NAMES.flatMap((name) => {
    const had = before.lost?.[name] ?? hadOf(name, before.capabilities, settings);
    const isLess = had !== undefined && rank(name, found[name]) < rank(name, had);
    return isLess && found.because[name] !== 'setting' ? [[name, had] as const] : [];
  });
  return Object.fromEntries(lost);
}

function hadOf(
  name: keyof Lost,
  before: Capabilities | null,
  settings: Overrides,
): Capabilities[keyof Lost] | undefined {
  const wished = before?.because[name] === 'setting' && settings[name] === 'auto';
  return wished ? undefined : before?.[name];
}

function rank(name: keyof Lost, value: string): number {
  return (RANKS[name] as readonly string[]).indexOf(value);
}
