import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from './arena.js';

/** A sender's lease lasts a minute of the database's own time, which nobody can move. */
export const SENDER_LEASE_MS = 61_000;
/** That of a write to the EHR lasts five. */
export const EVERY_LEASE_MS = 305_000;

/** Tables with leases, each with a column `id`. */
export const LEASED = ['messaging.message', 'fhir.write', 'summaries.summary'];

/** Leases of processes that died are over: waited for, or, where time is short, ended by hand. */
export async function skipLeases(arena: Arena, waitMs: number | 'by-hand'): Promise<void> {
  if (waitMs !== 'by-hand') {
    await sleep(waitMs);
    return;
  }
  for (const table of LEASED) {
    // Rows that the product holds just now have a living worker.
    await arena.sql(
      `update ${table} set lease_until = clock_timestamp() - interval '1 s'
        where id in (select id from ${table} where lease_until is not null for update skip locked)`,
    );
  }
}
