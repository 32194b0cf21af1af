import { ok, type Answer, type Call } from '../http.js';
import type { Account } from '../model.js';
import { submitForBusiness } from '../webhooks/management.js';
import type { World } from '../world.js';
import { accountOf, input, oneOf, optionalFlag } from './input.js';

/**
 * POST /control/numbers {phone_number_id, throughput?, quality?, registered?}: what Meta decides about a number.
 * An upgrade to HIGH is told by webhook; the colour is not, as at Meta.
 */
export function changeNumber(world: World, call: Call): Answer {
  const given = input(call);
  const account = accountOf(world, given);
  if (given['quality'] !== undefined)
    account.quality = oneOf(given, 'quality', ['GREEN', 'YELLOW', 'RED', 'UNKNOWN']);
  account.registered = optionalFlag(given, 'registered') ?? account.registered;
  if (given['throughput'] !== undefined)
    setThroughput(world, account, oneOf(given, 'throughput', ['STANDARD', 'HIGH']));
  const { throughput, quality, registered } = account;
  return ok({ phone_number_id: account.phoneNumberId, throughput, quality, registered });
}

function setThroughput(world: World, account: Account, level: Account['throughput']): void {
  const isUpgrade = account.throughput === 'STANDARD' && level === 'HIGH';
  account.throughput = level;
  if (!isUpgrade) return;
  const value = {
    display_phone_number: account.digits,
    event: 'THROUGHPUT_UPGRADE',
    max_daily_conversations_per_business: 'TIER_UNLIMITED',
  };
  submitForBusiness(world, account.business, { field: 'phone_number_quality_update', value });
}
