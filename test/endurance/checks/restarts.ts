import type { Child } from '../../../src/sandbox/run/children.js';
import { aftermath } from '../support/aftermath.js';
import { type Arena, happens, openArena, templatesKnown } from '../support/arena.js';
import { skipLeases } from '../support/leases.js';
import { lastWords } from '../support/said.js';
import { startLoad } from '../support/load.js';
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
    const broken: string[] = [];
    for (const fault of faultsOf(arena, options)) {
      await fault.strike();
      broken.push(...(await recovers(child, fault.name)));
    }
    await load.stop();
    if (broken.length === 0) {
      await skipLeases(arena, 'by-hand');
      broken.push(...(await aftermath(arena, load)));
    }
    await child.stop();
    return broken;
  } finally {
    await arena.close();
  }
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
