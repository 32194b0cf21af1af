import type { Account, Contact, Conversation } from '../model.js';
import type { World } from '../world.js';

export const digitsOf = (phone: string): string => (phone.startsWith('+') ? phone.slice(1) : phone);

/** A patient's phone comes into being the first time anyone names it. */
export function contactFor(world: World, waId: string): Contact {
  const known = world.contacts.get(waId);
  if (known) return known;
  const contact: Contact = {
    waId,
    identity: newIdentity(world, waId),
    userIds: new Map(),
    conversations: new Map(),
    name: 'WhatsApp user',
    hidePhone: false,
  };
  world.contacts.set(waId, contact);
  return contact;
}

/** What user ids are made of. Nobody gets one twice: who takes over a number is somebody else. */
export function newIdentity(world: World, waId: string): string {
  const identity = world.identities.has(waId) ? `${waId}#${world.identities.size}` : waId;
  world.identities.add(identity);
  return identity;
}

/** The user id of a patient at the business of this account. From here on the business may send to it. */
export function userIdOf(world: World, account: Account, contact: Contact): string {
  const business = account.business.id;
  const known = contact.userIds.get(business);
  if (known !== undefined) return known;
  const userId = world.ids.userId(business, contact.identity);
  contact.userIds.set(business, userId);
  world.contactsByUserId.set(userIdKey(business, userId), contact);
  return userId;
}

export const contactByUserId = (world: World, account: Account, userId: string): Contact | undefined =>
  world.contactsByUserId.get(userIdKey(account.business.id, userId));

export const forgetUserId = (world: World, businessAccountId: string, userId: string): void =>
  void world.contactsByUserId.delete(userIdKey(businessAccountId, userId));

export function conversationFor(account: Account, contact: Contact): Conversation {
  const known = contact.conversations.get(account.phoneNumberId);
  if (known) return known;
  const key = `${account.phoneNumberId}|${contact.waId}`;
  const conversation: Conversation = { key, account, contact, paidUntil: 0, unread: [] };
  contact.conversations.set(account.phoneNumberId, conversation);
  return conversation;
}

const userIdKey = (businessAccountId: string, userId: string): string => `${businessAccountId}|${userId}`;
