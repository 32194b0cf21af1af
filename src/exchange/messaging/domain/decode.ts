import { normaliseText } from '../../../platform/text/text.js';
import { isUuid, type Uuid } from '../../../platform/ids/ids.js';
import { idAt, isRecord, numberAt, recordAt, recordsAt, textAt, type Json } from './json.js';
import { STATUSES, type Status } from './message.states.js';
import type { ReceivedKind } from './records.js';
import { readTimestamp } from './timestamps.js';

/** Who wrote: a phone in digits, a business-scoped user id, or both. */
export interface ContactIdentity {
  waId?: string;
  userId?: string;
}

export interface InboundMessage {
  wamid: string;
  from: ContactIdentity;
  /** Null when Meta's timestamp cannot be read. */
  at: Date | null;
  kind: ReceivedKind;
  /** Meta's own type. */
  type: string;
  text: string | null;
  token: string | null;
  quotedWamid: string | null;
  /** A message of the user's own; a note about the user is none. */
  opensWindow: boolean;
}

export interface StatusUpdate {
  wamid: string | null;
  attemptId: Uuid | null;
  status: Status;
  at: Date | null;
  code: number | null;
}

/** What a change holds for us, and what was passed over, counted by a bounded word. */
export interface Decoded {
  messages: InboundMessage[];
  statuses: StatusUpdate[];
  /** Codes of errors that belong to no message. */
  errors: number[];
  templatesChanged: boolean;
  passedOver: string[];
}

const TEMPLATE_FIELDS = new Set([
  'message_template_status_update',
  'message_template_quality_update',
  'template_category_update',
  'message_template_components_update',
]);

/** Business-scoped user id, or one of a parent portfolio. */
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/;
/** As an address takes it: E.164 without plus. */
const WA_ID = /^[1-9]\d{6,14}$/;
const TYPE = /^[a-z_]{1,40}$/;

/** Reads a change. Nothing unknown is an error, nothing missing either: only what makes sense comes out. */
export function decodeChange(change: unknown): Decoded {
  const nothing: Decoded = {
    messages: [],
    statuses: [],
    errors: [],
    templatesChanged: false,
    passedOver: [],
  };
  if (!isRecord(change)) return { ...nothing, passedOver: ['shape'] };
  const field = textAt(change, 'field') ?? '';
  if (TEMPLATE_FIELDS.has(field)) return { ...nothing, templatesChanged: true };
  if (field !== 'messages') return { ...nothing, passedOver: ['field'] };
  return decodeMessages(recordAt(change, 'value'));
}

function decodeMessages(value: Json): Decoded {
  const passedOver: string[] = [];
  const contacts = recordsAt(value, 'contacts');
  const messages = recordsAt(value, 'messages').flatMap((message) =>
    kept(messageOf(message, contacts), passedOver),
  );
  const statuses = recordsAt(value, 'statuses').flatMap((status) => kept(statusOf(status), passedOver));
  return { messages, statuses, errors: codesOf(value), templatesChanged: false, passedOver };
}

function kept<T>(read: T | string, passedOver: string[]): T[] {
  if (typeof read !== 'string') return [read];
  passedOver.push(read);
  return [];
}

/** The message, or why it was passed over. */
function messageOf(message: Json, contacts: Json[]): InboundMessage | string {
  // Never process patient content from a group.
  if (message['group_id'] !== undefined) return 'group';
  const wamid = textAt(message, 'id');
  if (!wamid) return 'no-id';
  const from = identityOf(message, contacts);
  if (!from) return 'no-sender';
  const given = textAt(message, 'type') ?? '';
  const type = TYPE.test(given) ? given : 'unknown';
  return {
    wamid,
    from,
    at: readTimestamp(message['timestamp']),
    type,
    ...contentOf(type, message),
    quotedWamid: textAt(recordAt(message, 'context'), 'id'),
    opensWindow: type !== 'system',
  };
}

/** The phone may be left out, the user id may stand where the phone belongs, and `contacts` may be missing. */
function identityOf(message: Json, contacts: Json[]): ContactIdentity | null {
  const contact = contacts.length === 1 ? contacts[0]! : {};
  const candidates = [
    textAt(message, 'from'),
    textAt(message, 'from_user_id'),
    textAt(contact, 'wa_id'),
    textAt(contact, 'user_id'),
    // A note that the user's id changed names nobody else.
    textAt(recordAt(message, 'system'), 'previous_user_id'),
  ].filter((candidate) => candidate !== null);
  const waId = candidates.find((candidate) => WA_ID.test(candidate));
  const userId = candidates.find((candidate) => USER_ID.test(candidate));
  if (!waId && !userId) return null;
  return { ...(waId ? { waId } : {}), ...(userId ? { userId } : {}) };
}

interface MessageContent {
  kind: ReceivedKind;
  text: string | null;
  token: string | null;
}

const READERS: Record<string, (message: Json) => MessageContent> = {
  text: (message) => ({ kind: 'text', text: words(recordAt(message, 'text'), 'body'), token: null }),
  button: (message) => {
    const button = recordAt(message, 'button');
    return { kind: 'button', text: words(button, 'text'), token: textAt(button, 'payload') };
  },
  interactive: (message) => {
    const interactive = recordAt(message, 'interactive');
    const reply = [recordAt(interactive, 'button_reply'), recordAt(interactive, 'list_reply')].find(
      (candidate) => textAt(candidate, 'id') !== null,
    );
    if (!reply) return { kind: 'other', text: null, token: null };
    return { kind: 'interactive', text: words(reply, 'title'), token: textAt(reply, 'id') };
  },
};

function contentOf(type: string, message: Json): MessageContent {
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  return reader?.(message) ?? { kind: 'other', text: words(recordAt(message, type), 'caption'), token: null };
}

function words(from: Json, key: string): string | null {
  const text = textAt(from, key);
  return text === null ? null : normaliseText(text);
}

/** The status, or why it was passed over. */
function statusOf(status: Json): StatusUpdate | string {
  // Statuses of a group come once for each participant and are about no message of ours.
  if (status['recipient_type'] === 'group') return 'group';
  const name = STATUSES.find((candidate) => candidate === status['status']);
  if (!name) return 'status';
  const wamid = textAt(status, 'id');
  const data = textAt(status, 'biz_opaque_callback_data');
  const attemptId = data !== null && isUuid(data) ? data : null;
  if (!wamid && !attemptId) return 'no-id';
  return {
    wamid,
    attemptId,
    status: name,
    at: readTimestamp(status['timestamp']),
    code: codesOf(status)[0] ?? null,
  };
}

function codesOf(from: Json): number[] {
  return recordsAt(from, 'errors').flatMap((error) => {
    const code = numberAt(error, 'code') ?? Number(idAt(error, 'code') ?? NaN);
    return Number.isInteger(code) && Math.abs(code) < 2 ** 31 ? [code] : [];
  });
}
