import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from './arena.js';

/** A sender's lease lasts a minute of the database's own time, which nobody can move. */
const LEASE_MS = 61_000;

/** Leases of senders that died are over: waited for, or, where time is short, taken from them by hand. */
export async function skipLeases(arena: Arena, waits: boolean): Promise<void> {
  if (waits) {
    await sleep(LEASE_MS);
    return;
  }
  // Rows that the product holds just now have a living sender.
  await arena.sql(
    `update messaging.message set lease_until = clock_timestamp() - interval '1 s'
      where id in (select id from messaging.message where lease_until is not null for update skip locked)`,
  );
}
