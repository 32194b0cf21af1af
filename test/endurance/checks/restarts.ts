import type { Child } from '../../../src/sandbox/run/children.js';
import { aftermath } from '../support/aftermath.js';
import { type Arena, happens, openArena, templatesKnown } from '../support/arena.js';
import { lastWords } from '../support/said.js';
import { type Load, startLoad } from '../support/load.js';
import { startPosting } from '../support/posting.js';
import { randomFrom } from '../support/random.js';
import { hangServer, lockLedger, restartServer, terminateBackends } from '../support/server.js';

export interface RestartsOptions {
  seed: number;
  restarts: number;
  terminateForMs: number;
  /** A table locked, and a server that stands still; 0 leaves them out. */
  standstillMs: number;
  /** Another build, relative to dist/src. */
  script?: string;
}

const READY_WITHIN_MS = 30_000;
/** For each fault, at the very least: it may keep everything waiting while it lasts. */
const LEAST_EACH = { messages: 5, words: 2 };

interface Fault {
  name: string;
  strike(): Promise<void>;
}

/** The database goes away in every way that it knows, under load. Returns what went wrong. */
export async function restarts(options: RestartsOptions): Promise<string[]> {
  const arena = await openArena({ name: 'restarts', seed: options.seed, people: 60 });
  try {
    const child = await arena.start({ script: options.script });
    await templatesKnown(arena);
    const load = startLoad(arena, { random: randomFrom(options.seed), perSecond: 20, wordsPerSecond: 5 });
    const faults = faultsOf(arena, options);
    const posting = startPosting(child);
    const broken: string[] = [];
    for (const fault of faults) {
      await fault.strike();
      broken.push(...(await recovers(child, fault.name)));
    }
    const isReady = broken.length === 0;
    broken.push(...(await posting.stop()));
    await load.stop();
    if (isReady) broken.push(...(await lookAfter(arena, load, faults.length)));
    await child.stop();
    return broken;
  } finally {
    await arena.close();
  }
}

/** What had no answer when the database went may be parked: `aftermath` tells which of those the product owed. */
async function lookAfter(arena: Arena, load: Load, faults: number): Promise<string[]> {
  const { broken, parked } = await aftermath(arena, load, {
    messages: faults * LEAST_EACH.messages,
    words: faults * LEAST_EACH.words,
  });
  process.stderr.write(`${parked.length} messages are parked\n`);
  return broken;
}

function faultsOf(arena: Arena, { restarts: times, terminateForMs, standstillMs }: RestartsOptions): Fault[] {
  const restart = { name: 'an immediate restart', strike: () => restartServer(arena) };
  const standstill = [
    { name: 'a locked table', strike: () => lockLedger(arena, standstillMs) },
    { name: 'a server that hangs', strike: () => hangServer(arena, standstillMs) },
  ];
  return [
    ...Array.from({ length: times }, () => restart),
    { name: 'terminated connections', strike: () => terminateBackends(arena, terminateForMs) },
    ...(standstillMs > 0 ? standstill : []),
  ];
}

async function recovers(child: Child, fault: string): Promise<string[]> {
  const isReady = (): Promise<boolean> =>
    fetch(`${child.url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    );
  const ended = child.ended.then((code) => ({ code }));
  const outcome = await Promise.race([ended, happens(isReady, READY_WITHIN_MS)]);
  if (outcome === true) return [];
  const what =
    outcome === false ? 'the process was not ready again in 30 s' : `the process ended (${outcome.code})`;
  return [`after ${fault} ${what}\n${lastWords(child)}`];
}
