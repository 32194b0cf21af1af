import type { Conversation } from '../model.js';
import { markRead } from '../webhooks/ladder.js';
import type { World } from '../world.js';

/** The patient opens the chat: every delivered message that is not read yet becomes read. Answers how many. */
export function readAll(world: World, conversation: Conversation): number {
  const unread = conversation.unread.filter((message) => !message.statuses.read);
  conversation.unread = [];
  for (const message of unread) markRead(world, message);
  return unread.length;
}
