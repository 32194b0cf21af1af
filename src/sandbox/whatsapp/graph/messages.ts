import type { Account, Attempt, OutboundMessage } from '../model.js';
import { afterMs, ok, type Answer, type Call } from '../http.js';
import { isText, type Json } from '../json.js';
import { userIdOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import { GraphError } from './graph-error.js';
import { jsonBody } from './json-body.js';
import { misbehaveAfter, misbehaveBefore, sendPlace } from './misbehaviour.js';
import { acceptMessage } from './send.js';

/** POST /{phone-number-id}/messages, with the misbehaviour that was asked for. Every call leaves an attempt. */
export function postMessage(world: World, account: Account, call: Call): Answer {
  const attempt = beginAttempt(world, account.phoneNumberId, call);
  const place = sendPlace(account);
  try {
    const body = jsonBody(call);
    describe(attempt, body);
    const early = misbehaveBefore(world, place);
    if (early) return withoutEffect(early, attempt);
    const answer = body['status'] === 'read' ? markInboundRead(body) : sent(world, account, body, attempt);
    attempt.outcome = 'accepted';
    answer.attempt = attempt;
    if (account.settings.latencyMs > 0) answer.wait = afterMs(account.settings.latencyMs);
    return misbehaveAfter(world, place, answer, attempt);
  } catch (error) {
    if (error instanceof GraphError) refused(attempt, error);
    throw error;
  }
}

/** The attempt counts as dropped until it is accepted or refused. */
export function beginAttempt(world: World, phoneNumberId: string, { beganAt }: Call): Attempt {
  const n = world.attempts.length + 1;
  const attempt: Attempt = {
    n,
    at: world.clock.now(),
    beganAt,
    phoneNumberId,
    outcome: 'dropped',
    answered: false,
  };
  world.attempts.push(attempt);
  return attempt;
}

export function refused(attempt: Attempt, { code }: GraphError): void {
  Object.assign(attempt, { outcome: 'error', code, answered: true });
}

function describe(attempt: Attempt, body: Json): void {
  const { to, recipient, type, status, biz_opaque_callback_data: callbackData } = body;
  if (isText(to ?? recipient)) attempt.to = (to ?? recipient) as string;
  attempt.type = status === 'read' ? 'read-receipt' : isText(type) ? type : 'text';
  if (isText(callbackData)) attempt.callbackData = callbackData;
}

function withoutEffect(answer: Answer, attempt: Attempt): Answer {
  if (answer.socket) return answer;
  attempt.outcome = 'error';
  return { ...answer, attempt };
}

function markInboundRead(body: Json): Answer {
  if (!isText(body['message_id'])) throw new GraphError(100, 'The parameter message_id is required.');
  return ok({ success: true });
}

function sent(world: World, account: Account, body: Json, attempt: Attempt): Answer {
  const message = acceptMessage(world, account, body, attempt.beganAt);
  attempt.wamid = message.wamid;
  return ok({
    messaging_product: 'whatsapp',
    contacts: [{ input: message.input, ...addressOf(world, account, message) }],
    messages: [{ id: message.wamid, message_status: 'accepted' }],
  });
}

const addressOf = (world: World, account: Account, message: OutboundMessage): object =>
  message.toUserId
    ? { user_id: userIdOf(world, account, message.conversation.contact) }
    : { wa_id: message.conversation.contact.waId };
