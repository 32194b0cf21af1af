import { ok, type Answer, type Call } from '../http.js';
import type { World } from '../world.js';
import { wholeNumber } from './history.js';
import { accountOf, input, optionalCount } from './input.js';

const WAIT_LIMIT_MS = 30_000;

/** GET /control/held[?at_least=]: the answers that are held now; waits up to 30 s until there are so many, else 503. */
export async function listHeld(world: World, { query }: Call): Promise<Answer> {
  const atLeast = wholeNumber(query.get('at_least') ?? '0', 'at_least');
  const reached = await world.held.reaches(atLeast, WAIT_LIMIT_MS);
  const data = world.held.list();
  return { status: reached ? 200 : 503, body: { count: data.length, data } };
}

/** POST /control/release {count?, phone_number_id?}: lets held answers go, the oldest first; all unless told how many. */
export function releaseHeld(world: World, call: Call): Answer {
  const given = input(call);
  const account = given['phone_number_id'] === undefined ? undefined : accountOf(world, given);
  return ok({ released: world.held.release(optionalCount(given, 'count'), account?.phoneNumberId) });
}
