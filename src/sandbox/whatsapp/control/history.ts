import type { Attempt, OutboundMessage } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { digitsOf } from '../phones/contacts.js';
import type { World } from '../world.js';
import type { Delivery } from '../webhooks/deliveries.js';
import { ControlError } from './control-error.js';

/** GET /control/messages?phone_number_id=&to=&since=&limit=: every outbound message that was accepted. */
export function listMessages(world: World, { query }: Call): Answer {
  const to = query.get('to');
  const phoneNumberId = query.get('phone_number_id');
  const isWanted = ({ conversation: { account, contact } }: OutboundMessage): boolean =>
    (to === null || contact.waId === digitsOf(to)) &&
    (phoneNumberId ?? account.phoneNumberId) === account.phoneNumberId;
  return page(world.messages, query, isWanted, messageView);
}

/** GET /control/attempts?phone_number_id=&since=&limit=: every POST /messages with its outcome. */
export function listAttempts(world: World, { query }: Call): Answer {
  const wanted = query.get('phone_number_id');
  const isWanted = ({ phoneNumberId }: Attempt): boolean => (wanted ?? phoneNumberId) === phoneNumberId;
  return page(world.attempts, query, isWanted, attemptView);
}

/** GET /control/deliveries?since=&limit=: every webhook with its tries and the last status code. */
export const listDeliveries = (world: World, { query }: Call): Answer =>
  page(world.courier.deliveries.all, query, () => true, deliveryView);

/** What stands behind the n-th entry, at most `limit` of it; `next` is the `since` of the page after it, if any. */
function page<T>(
  log: readonly T[],
  query: URLSearchParams,
  isWanted: (item: T) => boolean,
  view: (item: T) => object,
): Answer {
  const limit = wholeNumber(query.get('limit') ?? String(log.length), 'limit');
  let at = wholeNumber(query.get('since') ?? '0', 'since');
  const data: object[] = [];
  for (; at < log.length && data.length < limit; at += 1) if (isWanted(log[at]!)) data.push(view(log[at]!));
  return ok({ data, next: at < log.length ? at : null });
}

export function wholeNumber(given: string, key: string): number {
  if (!/^\d+$/.test(given)) throw new ControlError(400, `${key} must be a whole number`);
  return Number(given);
}

const messageView = (message: OutboundMessage): object => ({
  n: message.n,
  at: message.at,
  began_at: message.beganAt,
  wamid: message.wamid,
  phone_number_id: message.conversation.account.phoneNumberId,
  to: message.conversation.contact.waId,
  input: message.input,
  type: message.type,
  template: message.template ?? null,
  parameters: message.parameters,
  text: message.text ?? null,
  buttons: message.buttons,
  biz_opaque_callback_data: message.callbackData ?? null,
  window_open: message.windowOpen,
  statuses: message.statuses,
  error_code: message.errorCode ?? null,
});

const attemptView = (attempt: Attempt): object => ({
  n: attempt.n,
  at: attempt.at,
  began_at: attempt.beganAt,
  phone_number_id: attempt.phoneNumberId,
  to: attempt.to ?? null,
  type: attempt.type ?? null,
  outcome: attempt.outcome,
  answered: attempt.answered,
  code: attempt.code ?? null,
  wamid: attempt.wamid ?? null,
  biz_opaque_callback_data: attempt.callbackData ?? null,
});

const deliveryView = (delivery: Delivery): object => ({
  n: delivery.n,
  at: delivery.at,
  phone_number_id: delivery.account.phoneNumberId,
  fields: delivery.fields,
  updates: delivery.updates,
  bytes: delivery.size,
  tries: delivery.tries,
  status: delivery.status,
  outcome: delivery.outcome,
});
