import type { Arena } from './arena.js';

/**
 * Statuses or a witness settle what is unknown. A witness is a send that the number began at least a minute later
 * and whose status came; the grace before it counts is ten minutes.
 */
export async function bringWitness(arena: Arena): Promise<void> {
  await arena.whatsapp.idle();
  await arena.advance('PT2M');
  await arena.send(arena.people.at(-1)!, 'witness');
  await arena.advance('PT1S');
  await arena.whatsapp.idle();
  await arena.advance('PT11M');
  await arena.whatsapp.idle();
}
