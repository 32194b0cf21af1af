import type { Contact, Conversation } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isRecord, type Json } from '../json.js';
import { contactFor } from '../phones/contacts.js';
import { receive } from '../phones/inbound.js';
import { readAll } from '../phones/read.js';
import { tap } from '../phones/tap.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { conversationOf, input, instant, optionalNumber, optionalText, text, waIdOf } from './input.js';

/** POST /control/contacts: names a patient's phone, gives it a username, hides its number. */
export function putContact(world: World, call: Call): Answer {
  const given = input(call);
  const contact = contactFor(world, waIdOf(text(given, 'wa_id')));
  contact.name = optionalText(given, 'name') ?? contact.name;
  contact.username = optionalText(given, 'username') ?? contact.username;
  if (given['hide_phone'] !== undefined) contact.hidePhone = given['hide_phone'] === true;
  return ok(contactView(world, contact));
}

export const listContacts = (world: World): Answer =>
  ok({ data: [...world.contacts.values()].map((contact) => contactView(world, contact)) });

function contactView(world: World, { waId, name, username, hidePhone }: Contact): object {
  const userIds = [...world.businesses.keys()].map((business) => [
    business,
    world.ids.userId(business, waId),
  ]);
  return { wa_id: waId, name, username, hide_phone: hidePhone, user_ids: Object.fromEntries(userIds) };
}

type Act = (world: World, conversation: Conversation, given: Json) => object;

const ACTS: Record<string, Act> = {
  say: (world, conversation, given) => {
    const content = { type: 'text', text: { body: text(given, 'text') } };
    return { wamid: receive(world, conversation, content, timestampOf(given)) };
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
  raw: (world, conversation, given) => {
    if (!isRecord(given['message'])) throw new ControlError(400, 'message must be an inbound message object');
    return { wamid: receive(world, conversation, given['message'], timestampOf(given)) };
  },
};

/** POST /control/contacts/{wa_id}/say|tap|read|raw */
export function act(world: World, call: Call, [waId, name]: string[]): Answer {
  const chosen = Object.hasOwn(ACTS, name!) ? ACTS[name!] : undefined;
  if (!chosen) throw new ControlError(404, `a phone can ${Object.keys(ACTS).join(', ')}`);
  const given = input(call);
  return ok(chosen(world, conversationOf(world, waId!, given), given));
}

const timestampOf = (given: Json): Date | undefined =>
  given['timestamp'] === undefined ? undefined : instant(given['timestamp'], 'timestamp');
