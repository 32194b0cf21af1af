import type { Account, Contact } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isRecord, isText, listOf } from '../json.js';
import { contactByUserId, contactFor, digitsOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import { GraphError } from './graph-error.js';
import { jsonBody } from './json-body.js';

interface Named {
  input: string;
  contact: Contact;
}

export const listBlocked = ({ blocked }: Account): Answer =>
  ok({ data: [...blocked].map(({ waId }) => ({ messaging_product: 'whatsapp', wa_id: waId })) });

/** Sending to a blocked user is refused with 130403, and what the user writes reaches nobody. */
export function blockUsers(world: World, account: Account, call: Call): Answer {
  const named = namedUsers(world, account, call);
  for (const { contact } of named) account.blocked.add(contact);
  return ok({ messaging_product: 'whatsapp', block_users: { added_users: named.map(view) } });
}

export function unblockUsers(world: World, account: Account, call: Call): Answer {
  const named = namedUsers(world, account, call);
  for (const { contact } of named) account.blocked.delete(contact);
  return ok({ messaging_product: 'whatsapp', block_users: { removed_users: named.map(view) } });
}

const view = ({ input, contact }: Named): object => ({ input, wa_id: contact.waId });

function namedUsers(world: World, account: Account, call: Call): Named[] {
  const { messaging_product: product, block_users: users } = jsonBody(call);
  if (product !== 'whatsapp') throw new GraphError(100, 'The parameter messaging_product is required.');
  const named = listOf(users).filter(isRecord);
  if (named.length === 0) throw new GraphError(100, 'The parameter block_users is required.');
  return named.map(({ user }) => namedUser(world, account, user));
}

function namedUser(world: World, account: Account, user: unknown): Named {
  if (!isText(user)) throw new GraphError(100, "Param block_users['user'] must be a text.");
  const byUserId = contactByUserId(world, account, user);
  if (byUserId) return { input: user, contact: byUserId };
  if (!/^\+?\d{7,15}$/.test(user)) throw new GraphError(131009, "Param block_users['user'] is nobody.");
  return { input: user, contact: contactFor(world, digitsOf(user)) };
}
