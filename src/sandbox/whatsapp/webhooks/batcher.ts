import type { Fault, Faults } from '../faults.js';
import type { Pending } from '../pending.js';
import { mergedUpdates, type Update } from './envelope.js';
import { webhookBytes } from './signature.js';

interface Deps {
  faults: Faults;
  pending: Pending;
  dispatch(lane: string, updates: Update[]): void;
}

interface Collected {
  update: Update;
  /** How often it is still to come: once in this batch, the other times in the batches after it. */
  copies: number;
}

interface Plan {
  key: string;
  fault: Fault;
  size: number;
  flush(collected: Collected[]): void;
}

interface Batch extends Plan {
  collected: Collected[];
  bytes: number;
  timer: NodeJS.Timeout;
}

const BATCH_SIZE = 10;
const REORDERED_SIZE = 5;
// What never fills is sent all the same.
const WAIT_SECONDS = 0.25;

/** Cloud API: a webhook has at most 3 MB. */
const LIMIT_BYTES = 3 * 1024 * 1024;
// What the envelope adds around a change, rounded up.
const AROUND_A_CHANGE_BYTES = 128;

export interface Batcher {
  /** Takes the update when `batch` or `reorder-webhooks` is in force; answers whether it did. */
  collect(update: Update, copies: number): boolean;
  close(): void;
}

/** Collects updates: into one POST for all numbers of a callback address and app secret, or to turn their order. */
export function makeBatcher({ faults, pending, dispatch }: Deps): Batcher {
  const batches = new Map<string, Batch>();
  const open = (plan: Plan): Batch => {
    pending.begin();
    const waitMs = (plan.fault.seconds ?? WAIT_SECONDS) * 1000;
    const batch = { ...plan, collected: [], bytes: 0, timer: setTimeout(flush, waitMs, plan.key) };
    batches.set(plan.key, batch);
    return batch;
  };
  const flush = (key: string): void => {
    const batch = batches.get(key);
    if (!batch) return;
    clearTimeout(batch.timer);
    batches.delete(key);
    batch.flush(batch.collected);
    for (const { update, copies } of batch.collected)
      if (copies > 1) put(batch, { update, copies: copies - 1 });
    pending.end();
  };
  const put = (plan: Plan, collected: Collected): void => {
    const bytes = webhookBytes(collected.update.value).length + AROUND_A_CHANGE_BYTES;
    if ((batches.get(plan.key)?.bytes ?? 0) + bytes > LIMIT_BYTES) flush(plan.key);
    const batch = batches.get(plan.key) ?? open(plan);
    batch.collected.push(collected);
    batch.bytes += bytes;
    if (batch.collected.length >= plan.size) flush(plan.key);
  };
  const planFor = ({ account }: Update): Plan | undefined => {
    const turned = faults.find('reorder-webhooks', account.phoneNumberId);
    if (turned) return turning(turned, account.phoneNumberId, dispatch);
    const batch = faults.find('batch', account.phoneNumberId);
    return batch && batching(batch, `batch ${account.webhookUrl} ${account.appSecret}`, dispatch);
  };
  const collect = (update: Update, copies: number): boolean => {
    const plan = planFor(update);
    if (plan) put(plan, { update, copies });
    return plan !== undefined;
  };
  return { collect, close: () => batches.forEach((batch) => clearTimeout(batch.timer)) };
}

const batching = (fault: Fault, key: string, dispatch: Deps['dispatch']): Plan => ({
  key,
  fault,
  size: fault.count ?? BATCH_SIZE,
  flush: (collected) => {
    const updates = collected.map(({ update }) => update);
    dispatch(key, fault.merge ? mergedUpdates(updates) : updates);
  },
});

const turning = (fault: Fault, phoneNumberId: string, dispatch: Deps['dispatch']): Plan => ({
  key: `reorder ${phoneNumberId}`,
  fault,
  size: fault.count ?? REORDERED_SIZE,
  flush: (collected) => {
    for (const { update } of [...collected].reverse()) dispatch(update.lane, [update]);
  },
});
