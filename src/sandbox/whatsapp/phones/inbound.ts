import type { Conversation } from '../model.js';
import { unixSeconds } from '../clock.js';
import { isText, type Json } from '../json.js';
import { inboundValue, senderOf } from '../webhooks/payloads.js';
import type { World } from '../world.js';

/**
 * The patient's phone sends a message. It opens the customer service window from its own timestamp, as a real one
 * does; system messages, which nobody wrote, open nothing. A blocked patient's message reaches nobody. A null in
 * `content` takes away what a message has otherwise.
 */
export function receive(
  world: World,
  conversation: Conversation,
  content: Json,
  at = world.clock.now(),
): string {
  const message: Json = withoutNulls({
    ...senderOf(world, conversation),
    id: world.ids.wamid(),
    timestamp: unixSeconds(at),
    ...content,
  });
  if (conversation.account.blocked.has(conversation.contact)) return '';
  if (message['type'] !== 'system') openWindow(conversation, Number(message['timestamp']) * 1000);
  const { account, key } = conversation;
  world.courier.submit({
    account,
    lane: key,
    field: 'messages',
    value: inboundValue(world, conversation, message),
  });
  return isText(message['id']) ? message['id'] : '';
}

const withoutNulls = (message: Json): Json =>
  Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));

function openWindow(conversation: Conversation, at: number): void {
  if (Number.isFinite(at)) conversation.lastInboundAt = Math.max(conversation.lastInboundAt ?? 0, at);
}
