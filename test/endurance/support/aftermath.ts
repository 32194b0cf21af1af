import type { Arena } from './arena.js';
import type { Load } from './load.js';
import { judge, seen } from './verdict.js';

/** After the load: time passes until nothing is open, then what was handed in and said is counted. */
export async function aftermath(arena: Arena, load: Load): Promise<string[]> {
  await arena.whatsapp.idle();
  await arena.advance('PT2M');
  await arena.whatsapp.idle();
  await arena.advance('PT11M');
  const { doubled, lost, unnamed, parked } = await judge(arena, load.owners);
  const [row] = await arena.sql<{ kept: number }>('select count(*)::int as kept from messaging.received');
  const undelivered = await arena.whatsapp.undelivered();
  const kept = row!.kept;
  if (parked.length > 0) process.stderr.write(`${parked.length} messages are parked and shown\n`);
  return [
    ...seen('messages arrived twice', doubled),
    ...seen('messages never arrived and nothing says why', lost),
    ...seen('messages ended in no named state', unnamed),
    ...(undelivered === 0 ? [] : [`${undelivered} webhooks were never taken`]),
    ...(kept === load.said() ? [] : [`patients said ${load.said()} words, ${kept} were kept`]),
  ];
}
