import type { Account, Contact, Conversation } from '../model.js';
import type { Call } from '../http.js';
import { isRecord, isText, type Json } from '../json.js';
import { contactByUserId, contactFor, conversationFor, digitsOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';

export function input({ body }: Call): Json {
  if (body.length === 0) return {};
  const parsed = parse(body.toString('utf8'));
  if (!isRecord(parsed)) throw new ControlError(400, 'the body must be a JSON object');
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError(400, 'the body is not valid JSON');
  }
}

export function text(from: Json, key: string): string {
  const value = from[key];
  if (!isText(value) || value === '') throw new ControlError(400, `${key} must be a text`);
  return value;
}

export function optionalText(from: Json, key: string): string | undefined {
  return from[key] === undefined ? undefined : text(from, key);
}

export function optionalNumber(from: Json, key: string): number | undefined {
  const value = from[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0))
    throw new ControlError(400, `${key} must be a number, zero or more`);
  return value;
}

export function accountOf(world: World, from: Json): Account {
  const account = world.accounts.get(text(from, 'phone_number_id'));
  if (!account) throw new ControlError(404, 'no account has this phone_number_id');
  return account;
}

export function waIdOf(given: string): string {
  const waId = digitsOf(given);
  if (!/^\d{5,15}$/.test(waId))
    throw new ControlError(400, 'a patient is named by the digits of a phone number or by a known user id');
  return waId;
}

/** A patient is named by the phone's digits or by a user id at any business. */
export function contactOf(world: World, given: string): Contact {
  for (const business of world.businesses.values()) {
    const contact = contactByUserId(world, business.phoneNumbers[0]!, given);
    if (contact) return contact;
  }
  return contactFor(world, waIdOf(given));
}

export const conversationOf = (world: World, who: string, from: Json): Conversation =>
  conversationFor(accountOf(world, from), contactOf(world, who));

export function optionalFlag(from: Json, key: string): boolean | undefined {
  const value = from[key];
  if (value !== undefined && typeof value !== 'boolean')
    throw new ControlError(400, `${key} must be true or false`);
  return value;
}

export function optionalCount(from: Json, key: string): number | undefined {
  const value = optionalNumber(from, key);
  if (value !== undefined && !(Number.isInteger(value) && value > 0))
    throw new ControlError(400, `${key} must be a whole number above zero`);
  return value;
}

export function oneOf<T extends string>(from: Json, key: string, values: readonly T[]): T {
  const found = values.find((value) => value === from[key]);
  if (found === undefined) throw new ControlError(400, `${key} must be one of ${values.join(', ')}`);
  return found;
}

/** A time as Unix seconds or ISO 8601. */
export function instant(value: unknown, key: string): Date {
  const seconds =
    typeof value === 'number' ? value : isText(value) && /^\d+$/.test(value) ? Number(value) : undefined;
  const at = seconds === undefined ? new Date(String(value)) : new Date(seconds * 1000);
  if (Number.isNaN(at.getTime()))
    throw new ControlError(400, `${key} must be Unix seconds or an ISO 8601 instant`);
  return at;
}
