import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../../src/sandbox/run/children.js';
import { type Arena, openArena, templatesKnown } from '../support/arena.js';
import { LEASED } from '../support/leases.js';
import { lastWords } from '../support/said.js';
import { startLoad } from '../support/load.js';
import { type Random, randomFrom } from '../support/random.js';
import { aftermath } from '../support/aftermath.js';
import { seen } from '../support/verdict.js';

export interface ShutdownOptions {
  seed: number;
  stops: number;
}

const EXIT_WITHIN_MS = 30_000;
/** Between two stops, at the very least: a start alone takes longer than that. */
const LEAST_EACH = { messages: 5, words: 1 };

/** A process of the product is asked to end again and again, in the middle of everything. Returns what went wrong. */
export async function shutdown({ seed, stops }: ShutdownOptions): Promise<string[]> {
  const random = randomFrom(seed);
  const arena = await openArena({ name: 'shutdown', seed, people: 60 });
  try {
    let child = await arena.start();
    await templatesKnown(arena);
    await arena.whatsapp.answersAfter(100);
    const load = startLoad(arena, { random, perSecond: 20, wordsPerSecond: 5 });
    const broken: string[] = [];
    for (let n = 0; n < stops; n++) {
      await sleep(random.below(1_500));
      broken.push(...(await stopOnce(arena, child, { n, random })));
      child = await arena.start();
    }
    await load.stop();
    await arena.whatsapp.answersAfter(0);
    const after = await aftermath(arena, load, {
      messages: stops * LEAST_EACH.messages,
      words: stops * LEAST_EACH.words,
    });
    broken.push(...after.broken);
    // Who stops in order finishes what is in flight: no message is left for a person to decide on.
    broken.push(...seen('messages are parked after stops in order', after.parked));
    await child.stop();
    return broken;
  } finally {
    await arena.close();
  }
}

async function stopOnce(
  arena: Arena,
  child: Child,
  { n, random }: { n: number; random: Random },
): Promise<string[]> {
  const began = performance.now();
  child.signal('SIGTERM');
  // An impatient operator's second signal changes nothing.
  if (random.below(3) === 0) setTimeout(() => child.signal('SIGTERM'), random.below(300));
  const code = await Promise.race([child.ended, sleep(EXIT_WITHIN_MS, 'late' as const)]);
  const took = performance.now() - began;
  if (code === 'late') child.signal('SIGKILL');
  await child.ended;
  const held = await leftHeld(arena);
  return [
    ...(code === 0 ? [] : [`stop ${n}: exit code ${code} after ${took.toFixed(0)} ms\n${lastWords(child)}`]),
    ...held.map(({ what, count }) => `stop ${n}: ${count} of ${what} were left`),
  ];
}

/** Leases that were not given back, and calls that were not waited for. */
function leftHeld(arena: Arena): Promise<{ what: string; count: number }[]> {
  const leases = [...LEASED, 'fhir.sync'].map(
    (table) =>
      `select 'leases of ${table}' as what, count(*)::int as count from ${table} where lease_until is not null`,
  );
  const unknown = `select 'unanswered messages', count(*)::int from messaging.message where state = 'unknown'`;
  return arena.sql(`select * from (${[...leases, unknown].join(' union all ')}) as held where count > 0`);
}
