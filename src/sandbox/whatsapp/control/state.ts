import { ok, type Answer, type Call } from '../http.js';
import { isText } from '../json.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { settingsView } from './settings.js';
import { input, instant } from './input.js';

const IDLE_LIMIT_MS = 30_000;

/** GET /control/state */
export function state(world: World): Answer {
  const accounts = [...world.accounts.values()].map((account) => ({
    business_account_id: account.businessAccountId,
    phone_number_id: account.phoneNumberId,
    display_phone_number: account.displayPhoneNumber,
    webhook_url: account.webhookUrl ?? null,
    subscribed: account.business.subscribed,
    registered: account.registered,
    throughput: account.throughput,
    quality: account.quality,
    settings: settingsView(world, account),
    templates: account.business.templates.size,
  }));
  const counts = {
    contacts: world.contacts.size,
    messages: world.messages.length,
    attempts: world.attempts.length,
    deliveries: world.courier.deliveries.count,
  };
  const { seed, faults, held, pending } = world;
  return ok({
    seed,
    now: world.clock.now(),
    accounts,
    counts,
    pending: pending.count,
    held: held.list().length,
    faults: faults.list(),
  });
}

/** GET /control/idle: answers once no ladder step and no webhook is still to come, 503 after 30 s. */
export async function idle(world: World): Promise<Answer> {
  const isIdle = await world.pending.idle(IDLE_LIMIT_MS);
  return { status: isIdle ? 200 : 503, body: { idle: isIdle, pending: world.pending.count } };
}

/** POST /control/clock {advance: ISO 8601 duration} or {set: instant} */
export function moveClock(world: World, call: Call): Answer {
  const { advance, set } = input(call);
  if ((advance === undefined) === (set === undefined))
    throw new ControlError(400, 'give either advance or set');
  if (set === undefined) advanceBy(world, advance);
  else world.clock.set(instant(set, 'set'));
  world.courier.retryDue();
  return ok({ now: world.clock.now() });
}

function advanceBy(world: World, duration: unknown): void {
  try {
    world.clock.advance(isText(duration) ? duration : '');
  } catch (error) {
    if (error instanceof RangeError) throw new ControlError(400, error.message);
    throw error;
  }
}
