import type { Button, Conversation, OutboundMessage } from '../model.js';
import type { Json } from '../json.js';
import type { World } from '../world.js';
import { receive } from './inbound.js';

export interface Tap {
  wamid?: string;
  index?: number;
  title?: string;
}

/** The patient taps a button: of the named message, or of the newest one that has any. Undefined if there is none. */
export function tap(world: World, conversation: Conversation, choice: Tap): string | undefined {
  const message = tappedMessage(world, conversation, choice.wamid);
  const button = message?.buttons.find((candidate) => isChosen(candidate, choice));
  if (!message || !button) return undefined;
  const context = { from: conversation.account.digits, id: message.wamid };
  return receive(world, conversation, { context, ...answerOf(button) });
}

function tappedMessage(
  world: World,
  conversation: Conversation,
  wamid?: string,
): OutboundMessage | undefined {
  if (wamid === undefined) return conversation.lastWithButtons;
  const message = world.messagesByWamid.get(wamid);
  return message?.conversation === conversation ? message : undefined;
}

const isChosen = (button: Button, choice: Tap): boolean =>
  choice.title === undefined ? button.index === (choice.index ?? 0) : button.title === choice.title;

function answerOf({ kind, title, payload, description }: Button): Json {
  if (kind === 'quick_reply') return { type: 'button', button: { payload, text: title } };
  const reply = { id: payload, title, ...(description === undefined ? {} : { description }) };
  return { type: 'interactive', interactive: { type: kind, [kind]: reply } };
}
