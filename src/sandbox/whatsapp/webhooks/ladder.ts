import type { OutboundMessage, StatusName } from '../model.js';
import type { World } from '../world.js';
import { statusValue } from './payloads.js';

/** Error 131026: the recipient's phone cannot take the message. */
const DEFAULT_FAILURE = 131026;

/** What a message goes through, and what its business is told at each step. */
type Ladder = { reached: StatusName; told: StatusName[] }[];

const rung = (status: StatusName) => ({ reached: status, told: [status] });
const DELIVERED: Ladder = [rung('sent'), rung('delivered')];
const READ: Ladder = [...DELIVERED, rung('read')];
const FAILED: Ladder = [rung('failed')];
/** Meta leaves the delivered event out when the chat is open. */
const READ_WITHOUT_DELIVERED: Ladder = [rung('sent'), rung('read')];
const TOLD_BACKWARDS: Ladder = [
  { reached: 'sent', told: [] },
  { reached: 'delivered', told: [] },
  { reached: 'read', told: ['read', 'delivered', 'sent'] },
];

/** Takes an accepted message through its statuses, one after each `stepMs`. */
export function climb(world: World, message: OutboundMessage): void {
  const { statusDelayMs, stepMs } = message.conversation.account.settings;
  wait(world, { message, ladder: ladderFor(world, message), at: 0 }, statusDelayMs + stepMs);
}

export function markRead(world: World, message: OutboundMessage): void {
  reach(world, message, 'read');
  report(world, message, 'read');
}

function ladderFor(world: World, message: OutboundMessage): Ladder {
  const { phoneNumberId, settings } = message.conversation.account;
  const failure = world.faults.take('fail-later', phoneNumberId);
  if (failure) {
    message.errorCode = failure.code ?? DEFAULT_FAILURE;
    return FAILED;
  }
  if (world.faults.take('reorder-statuses', phoneNumberId)) return TOLD_BACKWARDS;
  if (world.faults.take('read-without-delivered', phoneNumberId)) return READ_WITHOUT_DELIVERED;
  return settings.autoRead ? READ : DELIVERED;
}

interface Climb {
  message: OutboundMessage;
  ladder: Ladder;
  at: number;
}

function wait(world: World, climbing: Climb, ms: number): void {
  world.pending.begin();
  setTimeout(step, ms, world, climbing).unref();
}

function step(world: World, climbing: Climb): void {
  const { message, ladder } = climbing;
  const { reached, told } = ladder[climbing.at]!;
  reach(world, message, reached);
  for (const status of told) report(world, message, status);
  climbing.at += 1;
  if (climbing.at < ladder.length) wait(world, climbing, message.conversation.account.settings.stepMs);
  world.pending.end();
}

function reach(world: World, message: OutboundMessage, status: StatusName): void {
  message.statuses[status] ??= world.clock.now();
  if (status === 'delivered') message.conversation.unread.push(message);
}

function report(world: World, message: OutboundMessage, status: StatusName): void {
  const { account, key } = message.conversation;
  if (message.muted || !world.courier.reaches(account)) return;
  if (world.faults.take('mute-statuses', account.phoneNumberId)) return;
  world.courier.submit({ account, lane: key, field: 'messages', value: statusValue(world, message, status) });
}
