import type { Account, Conversation, MessageContent, OutboundMessage } from '../model.js';
import { isText, type Json } from '../json.js';
import { conversationFor } from '../phones/contacts.js';
import { isWindowOpen } from '../phones/window.js';
import { climb } from '../webhooks/ladder.js';
import type { World } from '../world.js';
import { contentOf } from './content.js';
import { GraphError } from './graph-error.js';
import { spendRates } from './rate-limits.js';
import { recipientOf, type Recipient } from './recipient.js';

const CALLBACK_DATA_LIMIT = 512;

/** Validates a message, takes it in and starts its statuses. Throws GraphError. */
export function acceptMessage(world: World, account: Account, body: Json, beganAt: Date): OutboundMessage {
  checkEnvelope(body);
  if (!account.registered) throw new GraphError(133010, 'The phone number is not registered.');
  const recipient = recipientOf(world, account, body);
  if (account.blocked.has(recipient.contact)) throw new GraphError(130403, 'You have blocked this user.');
  const content = contentOf(body, account.business);
  const conversation = conversationFor(account, recipient.contact);
  const at = world.clock.now();
  const windowOpen = isWindowOpen(conversation, at);
  if (content.type !== 'template' && !windowOpen) {
    throw new GraphError(
      131047,
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    );
  }
  spendRates(account, conversation, at);
  const callbackData = body['biz_opaque_callback_data'] as string | undefined;
  const message = keep(world, { at, beganAt, windowOpen, callbackData, content, conversation, recipient });
  climb(world, message);
  return message;
}

function checkEnvelope(body: Json): void {
  if (body['messaging_product'] !== 'whatsapp')
    throw new GraphError(100, 'The parameter messaging_product is required.');
  if ((body['recipient_type'] ?? 'individual') !== 'individual') {
    throw new GraphError(100, 'Param recipient_type must be one of {INDIVIDUAL}.');
  }
  const data = body['biz_opaque_callback_data'];
  if (data !== undefined && !(isText(data) && data.length <= CALLBACK_DATA_LIMIT)) {
    throw new GraphError(
      100,
      `Param biz_opaque_callback_data must be at most ${CALLBACK_DATA_LIMIT} characters long.`,
    );
  }
}

interface Accepted {
  at: Date;
  beganAt: Date;
  windowOpen: boolean;
  callbackData?: string;
  content: MessageContent;
  conversation: Conversation;
  recipient: Recipient;
}

function keep(world: World, accepted: Accepted): OutboundMessage {
  const { content, recipient } = accepted;
  // Field by field: every message has the same shape, which is quicker than putting objects together.
  const message: OutboundMessage = {
    n: world.messages.length + 1,
    at: accepted.at,
    beganAt: accepted.beganAt,
    wamid: world.ids.wamid(),
    input: recipient.input,
    toUserId: recipient.toUserId,
    windowOpen: accepted.windowOpen,
    callbackData: accepted.callbackData,
    conversation: accepted.conversation,
    type: content.type,
    category: content.category,
    template: content.template,
    parameters: content.parameters,
    text: content.text,
    buttons: content.buttons,
    statuses: {},
    errorCode: undefined,
    muted: false,
  };
  world.messages.push(message);
  world.messagesByWamid.set(message.wamid, message);
  if (message.buttons.length > 0) message.conversation.lastWithButtons = message;
  return message;
}
