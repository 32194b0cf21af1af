import type { Faults } from '../faults.js';
import type { Pending } from '../pending.js';
import type { Update } from './envelope.js';

interface Deps {
  faults: Faults;
  pending: Pending;
  dispatch(lane: string, updates: Update[]): void;
}

interface Batch {
  updates: Update[];
  timer: NodeJS.Timeout;
}

const DEFAULT_SIZE = 10;
// A batch that never fills is sent all the same.
const DEFAULT_WAIT_SECONDS = 0.25;

export interface Batcher {
  /** Takes the update when the `batch` fault is in force; answers whether it did. */
  collect(update: Update): boolean;
  close(): void;
}

/** Collects updates of all numbers that share a callback address and an app secret into one POST. */
export function makeBatcher({ faults, pending, dispatch }: Deps): Batcher {
  const batches = new Map<string, Batch>();
  const flush = (key: string): void => {
    const batch = batches.get(key);
    if (!batch) return;
    clearTimeout(batch.timer);
    batches.delete(key);
    dispatch(key, batch.updates);
    pending.end();
  };
  const open = (key: string, waitMs: number): Batch => {
    pending.begin();
    const batch = { updates: [], timer: setTimeout(flush, waitMs, key) };
    batches.set(key, batch);
    return batch;
  };
  const collect = (update: Update): boolean => {
    const fault = faults.find('batch', update.account.phoneNumberId);
    if (!fault) return false;
    const key = `batch ${update.account.webhookUrl} ${update.account.appSecret}`;
    const batch = batches.get(key) ?? open(key, (fault.seconds ?? DEFAULT_WAIT_SECONDS) * 1000);
    batch.updates.push(update);
    if (batch.updates.length >= (fault.count ?? DEFAULT_SIZE)) flush(key);
    return true;
  };
  return { collect, close: () => batches.forEach((batch) => clearTimeout(batch.timer)) };
}
