import { type Arena, happens } from './arena.js';
import { skipLeases } from './leases.js';
import type { Load } from './load.js';
import { judge, seen, type Verdict } from './verdict.js';
import { bringWitness } from './witness.js';

/** What must have been handed in and said: a run that did less has proven nothing. */
export interface Least {
  messages: number;
  words: number;
}

/**
 * After the load: time passes until nothing is open, then what was handed in and said is counted. Returns what went
 * wrong, in words, and what is parked: whether that may be is for the caller to say.
 */
export async function aftermath(
  arena: Arena,
  load: Load,
  least: Least,
): Promise<{ broken: string[]; parked: string[] }> {
  await skipLeases(arena, 'by-hand');
  // Before time moves: what becomes unknown minutes after it began counts as missed by a product that was away.
  await happens(() => nobodySends(arena), 60_000);
  await bringWitness(arena);
  const verdict = await judge(arena, load.owners);
  const broken = [...tooLittle(load, least), ...inWords(verdict), ...(await inboundLost(arena, load))];
  return { broken, parked: verdict.parked };
}

async function nobodySends(arena: Arena): Promise<boolean> {
  const rows = await arena.sql(
    `select 1 from messaging.message where state in ('claimed', 'sending') limit 1`,
  );
  return rows.length === 0;
}

function tooLittle(load: Load, least: Least): string[] {
  const done = { messages: load.owners.size, words: load.said() };
  process.stderr.write(`${done.messages} messages, ${done.words} words; ${load.refused()} refused\n`);
  return [
    ...(done.messages >= least.messages
      ? []
      : [`only ${done.messages} messages of ${least.messages} were handed in`]),
    ...(done.words >= least.words ? [] : [`only ${done.words} words of ${least.words} were said`]),
    ...(load.refused() <= done.messages ? [] : [`more was refused (${load.refused()}) than handed in`]),
  ];
}

function inWords({ doubled, lost, unnamed }: Verdict): string[] {
  return [
    ...seen('messages arrived twice', doubled),
    ...seen('messages never arrived and nothing says why', lost),
    ...seen('messages ended in no named state', unnamed),
  ];
}

async function inboundLost(arena: Arena, load: Load): Promise<string[]> {
  const [row] = await arena.sql<{ kept: number }>('select count(*)::int as kept from messaging.received');
  const undelivered = await arena.whatsapp.undelivered();
  const kept = row!.kept;
  return [
    ...(undelivered === 0 ? [] : [`${undelivered} webhooks were never taken`]),
    ...(kept === load.said() ? [] : [`patients said ${load.said()} words, ${kept} were kept`]),
  ];
}
