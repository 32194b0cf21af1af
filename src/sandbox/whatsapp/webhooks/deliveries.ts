import type { Account } from '../model.js';
import type { Update } from './envelope.js';

export interface Delivery {
  n: number;
  at: Date;
  account: Account;
  /** Absent once the log holds more than KEPT_BODIES younger ones. */
  bytes?: Buffer;
  size: number;
  updates: number;
  fields: string[];
  tries: number;
  /** Of the sandbox clock, in milliseconds. */
  firstTriedAt?: number;
  lastTriedAt?: number;
  /** Of the last answer; 0 while there was none. */
  status: number;
  outcome: 'waiting' | 'delivered' | 'given-up';
}

export interface Deliveries {
  add(given: { at: Date; account: Account; bytes: Buffer; updates: Update[] }): Delivery;
  all: readonly Delivery[];
  at(n: number): Delivery | undefined;
  readonly count: number;
}

// Bodies stay for redelivery; a load test makes millions, so old ones go.
const KEPT_BODIES = 20_000;

export function makeDeliveries(): Deliveries {
  const log: Delivery[] = [];
  const forget = (delivery: Delivery | undefined): void => {
    if (delivery && delivery.outcome !== 'waiting') delete delivery.bytes;
  };
  return {
    add: ({ at, account, bytes, updates }) => {
      const delivery: Delivery = {
        n: log.length + 1,
        at,
        account,
        bytes,
        size: bytes.length,
        updates: updates.length,
        fields: [...new Set(updates.map((update) => update.field))],
        tries: 0,
        status: 0,
        outcome: 'waiting',
      };
      log.push(delivery);
      forget(log[log.length - 1 - KEPT_BODIES]);
      return delivery;
    },
    all: log,
    at: (n) => log[n - 1],
    get count() {
      return log.length;
    },
  };
}
