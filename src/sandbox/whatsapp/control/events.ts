import type { Account } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isRecord, type Json } from '../json.js';
import { submitForBusiness } from '../webhooks/management.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { accountOf, input, oneOf } from './input.js';

const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** What each field says unless it is told otherwise. */
const EVENTS: Record<string, (account: Account, nowSeconds: number) => Json> = {
  account_update: (_, now) => ({
    event: 'ACCOUNT_RESTRICTION',
    restriction_info: [
      { restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: now + WEEK_SECONDS },
    ],
  }),
  account_review_update: () => ({ decision: 'APPROVED' }),
  account_alerts: ({ business }) => ({
    entity_type: 'WABA',
    entity_id: Number(business.id),
    alert_severity: 'WARNING',
    alert_status: 'ACTIVE',
    alert_type: 'OBA',
    alert_description: 'An alert of the sandbox',
  }),
  business_capability_update: () => ({
    max_daily_conversation_per_phone: 2_000,
    max_phone_numbers_per_business: 20,
  }),
  phone_number_name_update: (account) => ({
    display_phone_number: account.digits,
    decision: 'APPROVED',
    requested_verified_name: 'Sandbox hospital',
    rejection_reason: null,
  }),
  phone_number_quality_update: (account) => ({
    display_phone_number: account.digits,
    event: 'ONBOARDING',
    max_daily_conversations_per_business: 'TIER_2K',
  }),
  security: (account) => ({
    display_phone_number: account.digits,
    event: 'PIN_CHANGED',
    requester: '1000000000',
  }),
};

/** POST /control/events {phone_number_id, field, value?}: a management webhook; what `value` says wins. */
export function sendEvent(world: World, call: Call): Answer {
  const given = input(call);
  const account = accountOf(world, given);
  const field = oneOf(given, 'field', Object.keys(EVENTS));
  const { value: more = {} } = given;
  if (!isRecord(more)) throw new ControlError(400, 'value must be an object');
  const value = { ...EVENTS[field]!(account, Math.floor(world.clock.now().getTime() / 1000)), ...more };
  submitForBusiness(world, account.business, { field, value });
  return ok({ field, value });
}
