import type { Account, Contact, Conversation } from '../model.js';
import type { World } from '../world.js';

export const digitsOf = (phone: string): string => phone.replace(/^\+/, '');

/** A patient's phone comes into being the first time anyone names it. */
export function contactFor(world: World, waId: string): Contact {
  const known = world.contacts.get(waId);
  if (known) return known;
  const contact: Contact = { waId, name: 'WhatsApp user', hidePhone: false };
  world.contacts.set(waId, contact);
  for (const business of world.businesses.keys()) {
    world.contactsByUserId.set(userIdKey(business, world.ids.userId(business, waId)), contact);
  }
  return contact;
}

export const userIdOf = (world: World, account: Account, contact: Contact): string =>
  world.ids.userId(account.business.id, contact.waId);

export const contactByUserId = (world: World, account: Account, userId: string): Contact | undefined =>
  world.contactsByUserId.get(userIdKey(account.business.id, userId));

export function conversationFor(world: World, account: Account, contact: Contact): Conversation {
  const key = `${account.phoneNumberId}|${contact.waId}`;
  const known = world.conversations.get(key);
  if (known) return known;
  const conversation: Conversation = { key, account, contact, unread: [] };
  world.conversations.set(key, conversation);
  return conversation;
}

const userIdKey = (businessAccountId: string, userId: string): string => `${businessAccountId}|${userId}`;
