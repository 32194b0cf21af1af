import type { Account, Contact, Conversation, OutboundMessage, StatusName } from '../model.js';
import { unixSeconds } from '../clock.js';
import type { Json } from '../json.js';
import { titleOf } from '../graph/error-catalogue.js';
import { userIdOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import { pricingOf } from './pricing.js';

/** The value of a `messages` change that carries one inbound message; absent keys are absent, never null. */
export function inboundValue(world: World, { account, contact }: Conversation, message: object): Json {
  const isSystem = 'type' in message && message.type === 'system';
  const contacts = isSystem ? {} : { contacts: [contactNode(world, account, contact, true)] };
  return { messaging_product: 'whatsapp', metadata: metadataOf(account), ...contacts, messages: [message] };
}

export const senderOf = (world: World, { account, contact }: Conversation): object => ({
  ...(contact.hidePhone ? {} : { from: contact.waId }),
  from_user_id: userIdOf(world, account, contact),
});

/** The value of a `messages` change that carries one status of an outbound message. */
export function statusValue(world: World, message: OutboundMessage, status: StatusName): Json {
  const { account, contact } = message.conversation;
  const contacts =
    status === 'failed' ? {} : { contacts: [contactNode(world, account, contact, status !== 'sent')] };
  return {
    messaging_product: 'whatsapp',
    metadata: metadataOf(account),
    ...contacts,
    statuses: [statusNode(world, message, status)],
  };
}

function statusNode(world: World, message: OutboundMessage, status: StatusName): object {
  const { account, contact } = message.conversation;
  const failedToPhone = status === 'failed' && !message.toUserId;
  return {
    id: message.wamid,
    status,
    timestamp: unixSeconds(message.statuses[status]!),
    ...(contact.hidePhone ? {} : { recipient_id: contact.waId }),
    ...(failedToPhone ? {} : { recipient_user_id: userIdOf(world, account, contact) }),
    ...(message.callbackData === undefined ? {} : { biz_opaque_callback_data: message.callbackData }),
    ...(status === 'sent' || status === 'delivered' ? { pricing: pricingOf(message) } : {}),
    ...(status === 'failed' ? { errors: [errorNode(message.errorCode!)] } : {}),
  };
}

function errorNode(code: number): object {
  const title = titleOf(code);
  return {
    code,
    title,
    message: title,
    error_data: { details: `${title}.` },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}

function contactNode(world: World, account: Account, contact: Contact, withUsername: boolean): object {
  const username = withUsername && contact.username ? { username: contact.username } : {};
  return {
    profile: { name: contact.name, ...username },
    ...(contact.hidePhone ? {} : { wa_id: contact.waId }),
    user_id: userIdOf(world, account, contact),
  };
}

/** The value of `user_preferences`: the patient stops or resumes marketing messages, and nothing else. */
export function preferenceValue(
  world: World,
  { account, contact }: Conversation,
  value: 'stop' | 'resume',
): Json {
  const preference = {
    ...(contact.hidePhone ? {} : { wa_id: contact.waId }),
    user_id: userIdOf(world, account, contact),
    detail: `User requested to ${value} marketing messages`,
    category: 'marketing_messages',
    value,
    timestamp: Math.floor(world.clock.now().getTime() / 1000),
  };
  return {
    messaging_product: 'whatsapp',
    metadata: metadataOf(account),
    contacts: [contactNode(world, account, contact, true)],
    user_preferences: [preference],
  };
}

const metadataOf = (account: Account): object => ({
  display_phone_number: account.digits,
  phone_number_id: account.phoneNumberId,
});
