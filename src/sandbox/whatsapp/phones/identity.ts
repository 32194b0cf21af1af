import type { Contact, Conversation } from '../model.js';
import { unixSeconds } from '../clock.js';
import type { Json } from '../json.js';
import { inboundValue } from '../webhooks/payloads.js';
import type { World } from '../world.js';
import { forgetUserId, newIdentity, userIdOf } from './contacts.js';

/**
 * The patient takes another number, and with it another user id at every business. Each number that knows the patient
 * is told: with both phones, or without any when the patient hides them. Whoever comes to the old number is a stranger.
 */
export function changeNumber(world: World, contact: Contact, waId: string): string[] {
  const before = contact.waId;
  world.contacts.delete(before);
  contact.waId = waId;
  world.contacts.set(waId, contact);
  const tell = contact.hidePhone ? changedUserId : changedNumber(before);
  return changeIdentity(world, contact, tell);
}

/** The patient gets another user id at every business and keeps the phone. */
export const changeUserId = (world: World, contact: Contact): string[] =>
  changeIdentity(world, contact, changedUserId);

type UserIds = { user_id: string; previous_user_id: string };
type Tell = (contact: Contact, userIds: UserIds) => Json;

const changedNumber =
  (before: string): Tell =>
  ({ name, waId }, userIds) => ({
    from: before,
    type: 'system',
    system: {
      type: 'user_changed_number',
      body: `User ${name} changed from ${before} to ${waId}`,
      wa_id: waId,
      ...userIds,
    },
  });

const changedUserId: Tell = ({ name }, userIds) => ({
  type: 'system',
  system: {
    type: 'user_changed_user_id',
    body: `User ${name} changed from ${userIds.previous_user_id} to ${userIds.user_id}`,
    ...userIds,
  },
});

function changeIdentity(world: World, contact: Contact, tell: Tell): string[] {
  const conversations = [...contact.conversations.values()];
  const previous = conversations.map(({ account }) => userIdOf(world, account, contact));
  for (const [business, userId] of contact.userIds) forgetUserId(world, business, userId);
  contact.userIds.clear();
  contact.identity = newIdentity(world, contact.waId);
  return conversations.map((conversation, at) => {
    const userIds = {
      previous_user_id: previous[at]!,
      user_id: userIdOf(world, conversation.account, contact),
    };
    return announce(world, conversation, tell(contact, userIds));
  });
}

/** System messages carry no contacts and open no window. */
function announce(world: World, conversation: Conversation, content: Json): string {
  const id = world.ids.wamid();
  const message = { id, timestamp: unixSeconds(world.clock.now()), ...content };
  const { account, key } = conversation;
  const value = inboundValue(world, conversation, message);
  world.courier.submit({ account, lane: key, field: 'messages', value });
  return id;
}
