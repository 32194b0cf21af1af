import type { Account } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import type { Json } from '../json.js';
import type { World } from '../world.js';
import { accountOf, input, optionalCount, optionalFlag, optionalNumber } from './input.js';

/** POST /control/settings: of one number when `phone_number_id` is given, else of every number and the courier. */
export function changeSettings(world: World, call: Call): Answer {
  const given = input(call);
  const chosen = given['phone_number_id'] === undefined ? undefined : accountOf(world, given);
  const accounts = chosen ? [chosen] : [...world.accounts.values()];
  for (const account of accounts) changeNumber(account, given);
  if (!chosen) changeCourier(world, given);
  return ok(settingsView(world, accounts[0]!));
}

function changeNumber({ settings }: Account, given: Json): void {
  settings.stepMs = optionalNumber(given, 'step_ms') ?? settings.stepMs;
  settings.statusDelayMs = optionalNumber(given, 'status_delay_ms') ?? settings.statusDelayMs;
  settings.latencyMs = optionalNumber(given, 'latency_ms') ?? settings.latencyMs;
  settings.autoRead = optionalFlag(given, 'auto_read') ?? settings.autoRead;
  settings.numberRateLimit = optionalFlag(given, 'number_rate_limit') ?? settings.numberRateLimit;
  settings.pairRateLimit = optionalFlag(given, 'pair_rate_limit') ?? settings.pairRateLimit;
}

function changeCourier({ settings }: World, given: Json): void {
  settings.webhookTimeoutMs = optionalNumber(given, 'webhook_timeout_ms') ?? settings.webhookTimeoutMs;
  settings.webhookParallel = optionalCount(given, 'webhook_parallel') ?? settings.webhookParallel;
}

export const settingsView = (world: World, { settings }: Account): object => ({
  step_ms: settings.stepMs,
  status_delay_ms: settings.statusDelayMs,
  latency_ms: settings.latencyMs,
  auto_read: settings.autoRead,
  number_rate_limit: settings.numberRateLimit,
  pair_rate_limit: settings.pairRateLimit,
  webhook_timeout_ms: world.settings.webhookTimeoutMs,
  webhook_parallel: world.settings.webhookParallel,
});
