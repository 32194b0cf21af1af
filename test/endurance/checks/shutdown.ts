import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../../src/sandbox/run/children.js';
import { type Arena, openArena, templatesKnown } from '../support/arena.js';
import { skipLeases } from '../support/leases.js';
import { lastWords } from '../support/said.js';
import { startLoad } from '../support/load.js';
import { type Random, randomFrom } from '../support/random.js';
import { aftermath } from '../support/aftermath.js';

export interface ShutdownOptions {
  seed: number;
  stops: number;
}

const EXIT_WITHIN_MS = 30_000;

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
    await skipLeases(arena, 'by-hand');
    broken.push(...(await aftermath(arena, load)));
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
  const held = await leftLeased(arena);
  return [
    ...(code === 0 ? [] : [`stop ${n}: exit code ${code} after ${took.toFixed(0)} ms\n${lastWords(child)}`]),
    ...(held === 0 ? [] : [`stop ${n}: ${held} messages were left claimed or sending`]),
  ];
}

async function leftLeased(arena: Arena): Promise<number> {
  const [row] = await arena.sql<{ held: number }>(
    `select count(*)::int as held from messaging.message where state in ('claimed', 'sending')`,
  );
  return row!.held;
}
