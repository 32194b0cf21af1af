import type { KeyEpoch } from '../../../platform/keyring/keyring.js';

const DAY_MS = 24 * 60 * 60_000;

/** Our choice: re-wrapping a hospital's keys takes seconds, so a month is cheap. */
export const ROTATE_AFTER_DAYS = 30;
/** Physical backups and WAL live 35 days at most: until then one of them may need the epoch that it was made under. */
export const DESTROY_AFTER_DAYS = 35;

export interface EpochState {
  epoch: number;
  /** Null when the keyring has it no more: what it wraps cannot be opened. */
  madeAt: Date | null;
  /** When the next epoch took its place; null for the current one. */
  replacedAt: Date | null;
  /** Data keys that it wraps. */
  keys: number;
  /** What is to be done about it now. */
  due: 'rotation' | 'rewrap' | 'destruction' | 'restore' | null;
}

/** The epochs that the keyring has and those that data keys name, oldest first. */
export function epochStates(
  held: readonly KeyEpoch[],
  wraps: ReadonlyMap<number, number>,
  now: Date,
): EpochState[] {
  const numbers = new Set([...held.map(({ epoch }) => epoch), ...wraps.keys()]);
  return [...numbers]
    .sort((a, b) => a - b)
    .map((epoch) => {
      const at = held.findIndex((one) => one.epoch === epoch);
      const madeAt = held[at]?.madeAt ?? null;
      const replacedAt = at === -1 ? null : (held[at + 1]?.madeAt ?? null);
      const state = { epoch, madeAt, replacedAt, keys: wraps.get(epoch) ?? 0 };
      return { ...state, due: dueOf(state, now) };
    });
}

/** An epoch that was replaced so long ago that no backup is kept from its time. */
export function isDueForDestruction(replacedAt: Date | null, now: Date): boolean {
  return replacedAt !== null && hasPassed(replacedAt, DESTROY_AFTER_DAYS, now);
}

function dueOf({ madeAt, replacedAt, keys }: Omit<EpochState, 'due'>, now: Date): EpochState['due'] {
  if (madeAt === null) return 'restore';
  if (replacedAt === null) return hasPassed(madeAt, ROTATE_AFTER_DAYS, now) ? 'rotation' : null;
  if (keys > 0) return 'rewrap';
  return isDueForDestruction(replacedAt, now) ? 'destruction' : null;
}

function hasPassed(since: Date, days: number, now: Date): boolean {
  return now.getTime() - since.getTime() >= days * DAY_MS;
}
