import { availableParallelism } from 'node:os';
import type { Child } from '../../src/sandbox/run/children.js';
import type { Contestant } from '../support/bench.js';
import type { Load, LoadResult } from './load-generator.js';
import { runProgram, startProgram, type Program } from '../support/program.js';
import type { Kind } from './webhooks.js';

const CONNECTIONS = 64;
/** Enough for seconds of work, few enough that all are signed before the clock starts. */
const REQUESTS = 24_000;
const WARM_UP = 4_000;

/** Numbers of webhooks: every one is used once in a run of the bench, so that every one makes a row. */
let used = 0;

export function generate(load: Pick<Load, 'port' | 'kind' | 'count'> & Partial<Load>): Promise<LoadResult> {
  const first = used;
  used += load.count;
  return runProgram<LoadResult>('webhook/load-generator.ts', {
    connections: CONNECTIONS,
    perSecond: null,
    first,
    ...load,
  } satisfies Load);
}

/** Somebody to whom webhooks are posted, and every result of it. */
export interface Target extends Contestant {
  results: LoadResult[];
  /** Before the clock: code that runs for the first time is slow everywhere. */
  warmUp(): Promise<void>;
  stop(): Promise<void>;
}

export function product(child: Child): Target {
  return target('CareThread', portOf(child.url), () => child.stop());
}

/** The product's edge with HMAC and JSON.parse behind it. */
export function edge(): Promise<Target> {
  return program('edge', startProgram('webhook/edge-server.ts', null));
}

/** Without a framework. */
export function bare(kind: 'no-op' | 'hmac-parse'): Promise<Target> {
  return program(kind, startProgram('webhook/reference-server.ts', { kind }));
}

async function program(name: string, server: Program<{ port: number }>): Promise<Target> {
  const { port } = await server.next();
  return target(name, port, () => server.stop());
}

function target(name: string, port: number, stop: () => Promise<void>): Target {
  const results: LoadResult[] = [];
  const kind: Kind = 'mixed';
  return {
    name,
    results,
    stop,
    warmUp: async () => void (await generate({ port, kind, count: WARM_UP })),
    measure: async () => {
      const result = await generate({ port, kind, count: REQUESTS });
      results.push(result);
      return result.perSecond;
    },
  };
}

export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Rows that a run of the bench must have made. */
export function postedTo({ results }: Target): number {
  return results.reduce((sum, { ok }) => sum + ok, WARM_UP);
}

export function machine(): string {
  return `${availableParallelism()} cores, Node ${process.versions.node}, generator on the same`;
}
