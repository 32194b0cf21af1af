import type { Account, Business } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { pick } from './fields.js';
import { pageOf } from './paging.js';

const DEFAULT_FIELDS = [
  'verified_name',
  'code_verification_status',
  'display_phone_number',
  'quality_rating',
  'platform_type',
  'throughput',
];

export const getPhoneNumber = (account: Account, { query }: Call): Answer =>
  ok(pick(phoneNumber(account), query.get('fields'), DEFAULT_FIELDS));

export function listPhoneNumbers({ phoneNumbers }: Business, call: Call): Answer {
  const view = (number: Record<string, unknown>) => pick(number, call.query.get('fields'), DEFAULT_FIELDS);
  return ok(pageOf(call, phoneNumbers.map(phoneNumber), view));
}

const phoneNumber = (account: Account) => ({
  id: account.phoneNumberId,
  display_phone_number: account.displayPhoneNumber,
  verified_name: 'Sandbox hospital',
  status: account.registered ? 'CONNECTED' : 'DISCONNECTED',
  quality_rating: account.quality,
  code_verification_status: 'VERIFIED',
  name_status: 'APPROVED',
  platform_type: 'CLOUD_API',
  account_mode: 'SANDBOX',
  is_official_business_account: false,
  throughput: { level: account.throughput },
  whatsapp_business_manager_messaging_limit: 'TIER_UNLIMITED',
  webhook_configuration: account.webhookUrl === undefined ? {} : { application: account.webhookUrl },
  health_status: { can_send_message: 'AVAILABLE' },
});
