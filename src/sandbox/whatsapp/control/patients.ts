import type { Contact, Conversation } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isRecord, type Json } from '../json.js';
import { composed, INBOUND_TYPES } from '../phones/compose.js';
import { contactFor, userIdOf } from '../phones/contacts.js';
import { changeNumber, changeUserId } from '../phones/identity.js';
import { receive } from '../phones/inbound.js';
import { readAll } from '../phones/read.js';
import { tap } from '../phones/tap.js';
import { preferenceValue } from '../webhooks/payloads.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import {
  contactOf,
  conversationOf,
  input,
  instant,
  oneOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  text,
  waIdOf,
} from './input.js';

/** POST /control/contacts: names a patient's phone, gives it a username, hides its number. */
export function putContact(world: World, call: Call): Answer {
  const given = input(call);
  const contact = contactFor(world, waIdOf(text(given, 'wa_id')));
  contact.name = optionalText(given, 'name') ?? contact.name;
  contact.username = optionalText(given, 'username') ?? contact.username;
  contact.hidePhone = optionalFlag(given, 'hide_phone') ?? contact.hidePhone;
  return ok(contactView(world, contact));
}

export const listContacts = (world: World): Answer =>
  ok({ data: [...world.contacts.values()].map((contact) => contactView(world, contact)) });

function contactView(world: World, contact: Contact): object {
  const { waId, name, username, hidePhone } = contact;
  const userIds = [...world.businesses.values()].map(({ id, phoneNumbers }) => [
    id,
    userIdOf(world, phoneNumbers[0]!, contact),
  ]);
  return { wa_id: waId, name, username, hide_phone: hidePhone, user_ids: Object.fromEntries(userIds) };
}

type Act = (world: World, conversation: Conversation, given: Json) => object;

const ACTS: Record<string, Act> = {
  say: (world, conversation, given) => {
    const content = { type: 'text', text: { body: text(given, 'text') } };
    return { wamid: receive(world, conversation, content, timestampOf(given)) };
  },
  send: (world, conversation, given) => {
    const type = oneOf(given, 'type', INBOUND_TYPES);
    return {
      wamid: receive(world, conversation, composed(world, conversation, type, given), timestampOf(given)),
    };
  },
  tap: (world, conversation, given) => {
    const choice = {
      wamid: optionalText(given, 'wamid'),
      index: optionalNumber(given, 'index'),
      title: optionalText(given, 'title'),
    };
    const wamid = tap(world, conversation, choice);
    if (wamid === undefined) throw new ControlError(404, 'this patient has no such button from this number');
    return { wamid };
  },
  read: (world, conversation) => ({ read: readAll(world, conversation) }),
  prefer: (world, conversation, given) => {
    const { account, key } = conversation;
    const value = preferenceValue(world, conversation, oneOf(given, 'value', ['stop', 'resume']));
    world.courier.submit({ account, lane: key, field: 'user_preferences', value });
    return { value: given['value'] };
  },
  raw: (world, conversation, given) => {
    if (!isRecord(given['message'])) throw new ControlError(400, 'message must be an inbound message object');
    return { wamid: receive(world, conversation, given['message'], timestampOf(given)) };
  },
};

/** POST /control/contacts/{patient}/change-number {new_wa_id}: told to every number that knows the patient. */
export function moveToNumber(world: World, call: Call, [who]: string[]): Answer {
  const contact = contactOf(world, who!);
  const waId = waIdOf(text(input(call), 'new_wa_id'));
  if (world.contacts.has(waId)) throw new ControlError(409, 'somebody else has this number');
  const wamids = changeNumber(world, contact, waId);
  return ok({ ...contactView(world, contact), wamids });
}

/** POST /control/contacts/{patient}/change-user-id: the same without a new phone. */
export function renewUserId(world: World, _: Call, [who]: string[]): Answer {
  const contact = contactOf(world, who!);
  const wamids = changeUserId(world, contact);
  return ok({ ...contactView(world, contact), wamids });
}

/** POST /control/contacts/{patient}/say|send|tap|read|raw|prefer */
export function act(world: World, call: Call, [waId, name]: string[]): Answer {
  const chosen = Object.hasOwn(ACTS, name!) ? ACTS[name!] : undefined;
  if (!chosen) throw new ControlError(404, `a phone can ${Object.keys(ACTS).join(', ')}`);
  const given = input(call);
  return ok(chosen(world, conversationOf(world, waId!, given), given));
}

const timestampOf = (given: Json): Date | undefined =>
  given['timestamp'] === undefined ? undefined : instant(given['timestamp'], 'timestamp');
