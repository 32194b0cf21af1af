import type { Account, Contact } from '../model.js';
import { isText, type Json } from '../json.js';
import { contactByUserId, contactFor, digitsOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import { GraphError } from './graph-error.js';

const PHONE = /^\+?[1-9]\d{6,14}$/;
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/;

export interface Recipient {
  input: string;
  toUserId: boolean;
  contact: Contact;
}

/** `to` is a phone, `recipient` a business-scoped user id; with both, the phone wins. */
export function recipientOf(world: World, account: Account, body: Json): Recipient {
  const { to, recipient } = body;
  if (to === undefined && recipient === undefined) throw new GraphError(100, 'The parameter to is required.');
  return to === undefined ? byUserId(world, account, recipient) : byPhone(world, account, to);
}

function byPhone(world: World, account: Account, to: unknown): Recipient {
  if (!isText(to) || !PHONE.test(to))
    throw new GraphError(131009, 'Parameter to is not a valid phone number.');
  const waId = digitsOf(to);
  if (waId === account.digits)
    throw new GraphError(131021, 'Sender and recipient are the same phone number.');
  return { input: to, toUserId: false, contact: contactFor(world, waId) };
}

function byUserId(world: World, account: Account, recipient: unknown): Recipient {
  const contact =
    isText(recipient) && USER_ID.test(recipient) ? contactByUserId(world, account, recipient) : undefined;
  if (!contact) throw new GraphError(131009, 'Parameter recipient is not a user id of this business.');
  return { input: recipient as string, toUserId: true, contact };
}
