import { createHash } from 'node:crypto';
import type { Conversation } from '../model.js';
import { isText, listOf, recordOf, type Json } from '../json.js';
import type { World } from '../world.js';

const MIME_TYPES: Record<string, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};

const REFERRAL = {
  source_url: 'https://example.org/ad',
  source_id: '120200000000000000',
  source_type: 'ad',
  headline: 'Visit us',
  body: 'Write to us',
  media_type: 'image',
  image_url: 'https://example.org/ad.jpg',
  ctwa_clid: 'clid-of-the-sandbox',
};

type Compose = (world: World, conversation: Conversation, given: Json) => Json;

const interactive = (type: string, reply: Json): Json => ({
  type: 'interactive',
  interactive: { type, [type]: reply },
});

const medium =
  (type: string): Compose =>
  (world, _, given) => ({
    type,
    [type]: {
      id: world.ids.digits(),
      mime_type: MIME_TYPES[type],
      sha256: createHash('sha256').update(type).digest('base64'),
      ...only(given, ['id', 'mime_type', 'sha256', 'url', 'caption', 'filename', 'voice', 'animated']),
    },
  });

/** Every type of message that a phone sends, by name; each takes the fields of its node and fills in the needed ones. */
const COMPOSERS: Record<string, Compose> = {
  text: (_world, _conversation, given) => ({ type: 'text', text: { body: given['text'] ?? '' } }),
  button: (_world, _conversation, given) => ({
    type: 'button',
    button: { payload: given['payload'] ?? '', text: given['text'] ?? '' },
  }),
  button_reply: (_world, _conversation, given) =>
    interactive('button_reply', { id: '', title: '', ...only(given, ['id', 'title']) }),
  list_reply: (_world, _conversation, given) =>
    interactive('list_reply', { id: '', title: '', ...only(given, ['id', 'title', 'description']) }),
  nfm_reply: (_world, _conversation, given) =>
    interactive('nfm_reply', { name: 'flow', body: 'Sent', response_json: flowResponse(given['response']) }),
  image: medium('image'),
  video: medium('video'),
  audio: medium('audio'),
  document: medium('document'),
  sticker: medium('sticker'),
  location: (_world, _conversation, given) => ({
    type: 'location',
    location: {
      latitude: 0,
      longitude: 0,
      ...only(given, ['latitude', 'longitude', 'name', 'address', 'url']),
    },
  }),
  reaction: (_world, _conversation, given) => ({
    type: 'reaction',
    reaction: { message_id: given['wamid'] ?? '', ...only(given, ['emoji']) },
  }),
  contacts: (_world, conversation, given) => ({
    type: 'contacts',
    contacts: [sharedContact(conversation, given)],
  }),
  unsupported: (_world, _conversation, given) => ({
    type: 'unsupported',
    errors: [
      {
        code: 131051,
        title: 'Message type unknown',
        message: 'Message type unknown',
        error_data: { details: 'Message type is currently not supported.' },
      },
    ],
    unsupported: { type: given['unsupported_type'] ?? 'poll_creation' },
  }),
};

export const INBOUND_TYPES = Object.keys(COMPOSERS);

/**
 * A message of one of INBOUND_TYPES. Besides the fields of its type: `quoted` (a wamid), `forwarded` and
 * `frequently_forwarded` (true), `referral` (true or an object).
 */
export function composed(world: World, conversation: Conversation, type: string, given: Json): Json {
  const context = contextOf(conversation, given);
  const { referral } = given;
  return {
    ...(Object.keys(context).length === 0 ? {} : { context }),
    ...(referral === undefined ? {} : { referral: { ...REFERRAL, ...recordOf(referral) } }),
    ...COMPOSERS[type]!(world, conversation, given),
  };
}

function contextOf({ account }: Conversation, given: Json): Json {
  const quoted = isText(given['quoted']) ? { from: account.digits, id: given['quoted'] } : {};
  return { ...quoted, ...only(given, ['forwarded', 'frequently_forwarded']) };
}

/** With the origin `contact_request` it is the patient's own number, else one that the patient passes on. */
function sharedContact({ contact }: Conversation, given: Json): Json {
  const origin = given['origin'] ?? 'contact_request';
  const own = { phone: `+${contact.waId}`, wa_id: contact.waId, type: 'CELL' };
  const phones = given['phones'] === undefined ? [own] : listOf(given['phones']);
  return {
    origin,
    phones,
    ...(origin === 'contact_request' ? {} : { name: { formatted_name: contact.name } }),
    ...only(given, ['name', 'vcard']),
  };
}

/** A text goes as it is, so that a Flow can answer with what is no JSON. */
const flowResponse = (response: unknown): string =>
  isText(response) ? response : JSON.stringify(response ?? {});

const only = (given: Json, keys: string[]): Json =>
  Object.fromEntries(keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]));
