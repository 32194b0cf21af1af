import type { Business, MessageContent } from '../model.js';
import { isText, recordOf, type Json } from '../json.js';
import { node, optionalWords, parts, words } from './checks.js';
import { GraphError } from './graph-error.js';
import { interactiveContent } from './interactive.js';
import { templateContent } from './template-send.js';

const TEXT_BODY_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
const CONTACTS_LIMIT = 5;

type Reader = (body: Json, business: Business) => MessageContent;

const freeForm = (type: string, text?: string): MessageContent => ({
  type,
  category: 'service',
  parameters: [],
  buttons: [],
  text,
});

function textContent(body: Json): MessageContent {
  const text = node(body, 'text')['body'];
  if (text === undefined || text === '') throw new GraphError(100, "The parameter text['body'] is required.");
  if (!isText(text) || text.length > TEXT_BODY_LIMIT) {
    throw new GraphError(100, `Param text['body'] must be at most ${TEXT_BODY_LIMIT} characters long.`);
  }
  return freeForm('text', text);
}

const mediaContent =
  (type: string, mayHaveCaption: boolean): Reader =>
  (body) => {
    const media = node(body, type);
    if ((media['id'] === undefined) === (media['link'] === undefined)) {
      throw new GraphError(100, `Param ${type} must have either id or link.`);
    }
    if (media['caption'] !== undefined && !mayHaveCaption)
      throw new GraphError(100, `Param ${type} takes no caption.`);
    return freeForm(type, optionalWords(media, 'caption', `${type}['caption']`, CAPTION_LIMIT));
  };

function locationContent(body: Json): MessageContent {
  const { latitude, longitude } = node(body, 'location');
  for (const [value, limit] of [
    [latitude, 90],
    [longitude, 180],
  ] as const) {
    if (value === undefined) throw new GraphError(131008, 'location latitude and longitude are required.');
    if (!(Math.abs(Number(value)) <= limit)) throw new GraphError(131009, 'location is out of range.');
  }
  return freeForm('location');
}

function contactsContent(body: Json): MessageContent {
  if (body['contacts'] === undefined) throw new GraphError(100, 'The parameter contacts is required.');
  for (const contact of parts(body, 'contacts', 'contacts', { min: 1, max: CONTACTS_LIMIT })) {
    words(recordOf(contact['name']), 'formatted_name', "contacts['name']['formatted_name']", CAPTION_LIMIT);
  }
  return freeForm('contacts');
}

function reactionContent(body: Json): MessageContent {
  const reaction = node(body, 'reaction');
  words(reaction, 'message_id', "reaction['message_id']", 512);
  if (!isText(reaction['emoji'])) throw new GraphError(131008, "reaction['emoji'] is required.");
  return freeForm('reaction', reaction['emoji']);
}

const READERS: Record<string, Reader> = {
  text: textContent,
  template: (body, business) => templateContent(node(body, 'template'), business),
  interactive: (body) => interactiveContent(node(body, 'interactive')),
  image: mediaContent('image', true),
  video: mediaContent('video', true),
  document: mediaContent('document', true),
  audio: mediaContent('audio', false),
  sticker: mediaContent('sticker', false),
  location: locationContent,
  contacts: contactsContent,
  reaction: reactionContent,
};

/** Reads and validates the node named after the type. Without a type a message is a text, as at Meta. */
export function contentOf(body: Json, business: Business): MessageContent {
  const type = body['type'] ?? 'text';
  const reader = isText(type) && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!reader)
    throw new GraphError(
      100,
      `Param type must be one of {${Object.keys(READERS).join(', ').toUpperCase()}}.`,
    );
  return reader(body, business);
}
