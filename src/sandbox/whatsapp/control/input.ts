import type { Account, Conversation } from '../model.js';
import type { Call } from '../http.js';
import { isRecord, isText, type Json } from '../json.js';
import { contactFor, conversationFor, digitsOf } from '../phones/contacts.js';
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
  if (!/^\d{5,15}$/.test(waId)) throw new ControlError(400, 'wa_id must be the digits of a phone number');
  return waId;
}

export const conversationOf = (world: World, waId: string, from: Json): Conversation =>
  conversationFor(world, accountOf(world, from), contactFor(world, waIdOf(waId)));

/** A time as Unix seconds or ISO 8601. */
export function instant(value: unknown, key: string): Date {
  const seconds =
    typeof value === 'number' ? value : isText(value) && /^\d+$/.test(value) ? Number(value) : undefined;
  const at = seconds === undefined ? new Date(String(value)) : new Date(seconds * 1000);
  if (Number.isNaN(at.getTime()))
    throw new ControlError(400, `${key} must be Unix seconds or an ISO 8601 instant`);
  return at;
}
