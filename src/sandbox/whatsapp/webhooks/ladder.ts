import type { OutboundMessage, StatusName } from '../model.js';
import type { World } from '../world.js';
import { statusValue } from './payloads.js';

/** Error 131026: the recipient's phone cannot take the message. */
const DEFAULT_FAILURE = 131026;

/** Takes an accepted message through its statuses, one after each `stepMs`. */
export function climb(world: World, message: OutboundMessage): void {
  const phoneNumberId = message.conversation.account.phoneNumberId;
  const failure = world.faults.take('fail-later', phoneNumberId);
  if (failure) {
    message.errorCode = failure.code ?? DEFAULT_FAILURE;
    return step(world, message, ['failed'], report);
  }
  if (world.faults.take('reorder-statuses', phoneNumberId)) {
    return step(world, message, ['sent', 'delivered', 'read'], reportBackwards);
  }
  step(
    world,
    message,
    world.settings.autoRead ? ['sent', 'delivered', 'read'] : ['sent', 'delivered'],
    report,
  );
}

export function markRead(world: World, message: OutboundMessage): void {
  reach(world, message, 'read');
  report(world, message, 'read');
}

type Report = (world: World, message: OutboundMessage, status: StatusName) => void;

function step(world: World, message: OutboundMessage, statuses: StatusName[], tell: Report): void {
  world.pending.begin();
  setTimeout(() => {
    const [status, ...rest] = statuses;
    reach(world, message, status!);
    tell(world, message, status!);
    if (rest.length > 0) step(world, message, rest, tell);
    world.pending.end();
  }, world.settings.stepMs).unref();
}

function reach(world: World, message: OutboundMessage, status: StatusName): void {
  message.statuses[status] ??= world.clock.now();
  if (status === 'delivered') message.conversation.unread.push(message);
}

function report(world: World, message: OutboundMessage, status: StatusName): void {
  const { account, key } = message.conversation;
  if (world.faults.take('mute-statuses', account.phoneNumberId)) return;
  world.courier.submit({ account, lane: key, field: 'messages', value: statusValue(world, message, status) });
}

function reportBackwards(world: World, message: OutboundMessage, status: StatusName): void {
  if (status !== 'read') return;
  for (const late of ['read', 'delivered', 'sent'] as const) report(world, message, late);
}
