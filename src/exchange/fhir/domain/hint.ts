import type { FieldFault } from '../../../platform/errors/fault.js';
import { type Bases, isFhirId, parseReference, type ResourceKey } from './reference.js';

/** A record that somebody says has changed. What it says now is read from the EHR itself. */
export type Hint = ResourceKey;

/** A notification of the R5 Subscriptions Backport (STU 1.1), whether in R4's Parameters or in R4B's own resource. */
export interface SubscriptionNotice {
  kind: 'handshake' | 'heartbeat' | 'event-notification';
  /** Events since the subscription began, this notification's included; null when it is not said. */
  eventsSoFar: number | null;
  events: { number: number | null; focus: Hint | null }[];
}

export type HintMessage =
  /** Ids, from an interface engine or in an R4 rest-hook, and where in the body (`/3`, `/hints/3`) stood something else. */
  | { kind: 'hints'; hints: Hint[]; bad: string[] }
  /** An R4 rest-hook without a payload: something has changed. */
  | { kind: 'something' }
  | { kind: 'notice'; notice: SubscriptionNotice };

/** One batch of an interface engine; who has more to say sends a second one. */
export const MOST_HINTS = 500;

/** Reads what was posted, null for what is none of these. References to another server are left out. */
export function readHintMessage(body: unknown, bases: Bases): HintMessage | null {
  if (body === undefined || isEmpty(body)) return { kind: 'something' };
  if (Array.isArray(body)) return readHints(body, bases, '');
  if (!isObject(body)) return null;
  if (Array.isArray(body['hints'])) return readHints(body['hints'], bases, '/hints');
  if (body['resourceType'] === 'Bundle') return readNotification(body, bases);
  const hint = readHint(body, bases);
  return hint && { kind: 'hints', hints: [hint], bad: [] };
}

/** One that cannot be read takes none of the others with it: each is a change that nobody tells of a second time. */
function readHints(items: unknown[], bases: Bases, pointer: string): HintMessage | null {
  if (items.length > MOST_HINTS) return null;
  const hints: Hint[] = [];
  const bad: string[] = [];
  for (const [at, item] of items.entries()) {
    const hint = readHint(item, bases);
    if (hint) hints.push(hint);
    else bad.push(`${pointer}/${at}`);
  }
  return { kind: 'hints', hints, bad };
}

/** What is told of those that could not be read: where they stood, never what they said. */
export function hintFaults(pointers: readonly string[]): FieldFault[] {
  const words = 'This is no hint: send {"resourceType", "id"} with an id as FHIR allows it.';
  return pointers.map((pointer) => ({ pointer, code: 'hint.unreadable', words }));
}

/** `{resourceType, id, occurredAt?}`: also a whole resource has these two, and nothing else of it is looked at. */
function readHint(item: unknown, bases: Bases): Hint | null {
  if (!isObject(item)) return null;
  const { resourceType, id } = item;
  if (typeof resourceType !== 'string' || !isFhirId(id)) return null;
  return parseReference(`${resourceType}/${id}`, bases);
}

type Node = Record<string, unknown>;

function readNotification(bundle: Node, bases: Bases): HintMessage | null {
  const [first] = listOf(bundle['entry']);
  const status = isObject(first) ? first['resource'] : null;
  if (!isObject(status)) return null;
  const notice = status['resourceType'] === 'Parameters' ? inR4(status, bases) : inR5(status, bases);
  return notice && { kind: 'notice', notice };
}

/** `SubscriptionStatus` as a resource of its own. */
function inR5(status: Node, bases: Bases): SubscriptionNotice | null {
  if (status['resourceType'] !== 'SubscriptionStatus') return null;
  const events = listOf(status['notificationEvent']).filter(isObject);
  return noticeOf(status['type'], status['eventsSinceSubscriptionStart'], {
    bases,
    events: events.map(({ eventNumber, focus }) => ({ number: eventNumber, focus })),
  });
}

/** The same as R4 Parameters: one `notification-event` per event, with parts. */
function inR4(parameters: Node, bases: Bases): SubscriptionNotice | null {
  const named = listOf(parameters['parameter']).filter(isObject);
  const events = named
    .filter(({ name }) => name === 'notification-event')
    .map(({ part }) => listOf(part).filter(isObject));
  return noticeOf(valueIn(named, 'type'), valueIn(named, 'events-since-subscription-start'), {
    bases,
    events: events.map((parts) => ({
      number: valueIn(parts, 'event-number'),
      focus: valueIn(parts, 'focus'),
    })),
  });
}

function noticeOf(
  type: unknown,
  soFar: unknown,
  { bases, events }: { bases: Bases; events: { number: unknown; focus: unknown }[] },
): SubscriptionNotice | null {
  if (type !== 'handshake' && type !== 'heartbeat' && type !== 'event-notification') return null;
  return {
    kind: type,
    eventsSoFar: countOf(soFar),
    events: events.slice(0, MOST_HINTS).map(({ number, focus }) => ({
      number: countOf(number),
      focus: parseReference(isObject(focus) ? focus['reference'] : null, bases),
    })),
  };
}

/** `valueCode`, `valueString`, `valueReference`…: whichever stands there. */
function valueIn(parts: Node[], name: string): unknown {
  const found = parts.find((part) => part['name'] === name);
  const key = Object.keys(found ?? {}).find((one) => one.startsWith('value'));
  return key === undefined ? undefined : found![key];
}

/** R5 writes its integer64 as a JSON text, R4 as a number. */
function countOf(value: unknown): number | null {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function isObject(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
