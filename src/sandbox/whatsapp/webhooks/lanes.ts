import { makeQueue, type Queue } from '../queue.js';
import type { Account } from '../model.js';
import type { Delivery } from './deliveries.js';
import { retryDueAt, TRIES_END_AFTER_MS } from './schedule.js';

/** How soon a delivery is tried again while nobody moves the clock, in real milliseconds; the last one repeats. */
const RETRY_AFTER_MS = [200, 500, 1_000, 2_000, 5_000];

interface Deps {
  /** Milliseconds of the sandbox clock. */
  now(): number;
  parallel(): number;
  send(letter: { account: Account; bytes: Buffer }): Promise<number>;
  ended(): void;
}

export interface Lanes {
  add(lane: string, delivery: Delivery): void;
  /** Tries again at once what is due by the schedule of seven days. */
  retryDue(): void;
  close(): void;
}

/**
 * One queue for each patient and number: the head is sent until it is answered with 200 or given up, so order inside
 * a lane holds through retries, and a lane that waits holds up no other.
 */
export function makeLanes({ now, parallel, send, ended }: Deps): Lanes {
  const lanes = new Map<string, Queue<Delivery>>();
  const ready = makeQueue<string>();
  const waiting = new Map<string, NodeJS.Timeout>();
  let active = 0;
  let closed = false;

  const run = (): void => {
    while (!closed && active < parallel() && ready.length > 0) void work(ready.shift()!);
  };
  const work = async (lane: string): Promise<void> => {
    active += 1;
    const delivery = lanes.get(lane)!.peek()!;
    delivery.tries += 1;
    delivery.lastTriedAt = now();
    delivery.firstTriedAt ??= delivery.lastTriedAt;
    delivery.status = await send({ account: delivery.account, bytes: delivery.bytes! });
    active -= 1;
    settle(lane, delivery);
    run();
  };
  const settle = (lane: string, delivery: Delivery): void => {
    if (closed) return;
    if (delivery.status !== 200 && now() - delivery.firstTriedAt! < TRIES_END_AFTER_MS)
      return wait(lane, delivery.tries);
    delivery.outcome = delivery.status === 200 ? 'delivered' : 'given-up';
    const queue = lanes.get(lane)!;
    queue.shift();
    if (queue.length > 0) ready.push(lane);
    else lanes.delete(lane);
    ended();
  };
  const wait = (lane: string, tries: number): void => {
    const delay = RETRY_AFTER_MS[Math.min(tries, RETRY_AFTER_MS.length) - 1]!;
    waiting.set(lane, setTimeout(resume, delay, lane));
  };
  const resume = (lane: string): void => {
    clearTimeout(waiting.get(lane));
    waiting.delete(lane);
    ready.push(lane);
    run();
  };
  const add = (lane: string, delivery: Delivery): void => {
    const queue = lanes.get(lane) ?? makeQueue<Delivery>();
    queue.push(delivery);
    if (queue.length > 1) return;
    lanes.set(lane, queue);
    ready.push(lane);
    run();
  };
  const close = (): void => {
    closed = true;
    for (const timer of waiting.values()) clearTimeout(timer);
  };
  const isDue = (lane: string): boolean => {
    const { firstTriedAt, lastTriedAt } = lanes.get(lane)!.peek()!;
    return retryDueAt(firstTriedAt!, lastTriedAt!) <= now();
  };
  const retryDue = (): void => [...waiting.keys()].filter(isDue).forEach(resume);
  return { add, retryDue, close };
}
