import type { Attempt, OutboundMessage } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import type { World } from '../world.js';

// Enough to begin a search with; the figures count all of them.
const SHOWN = { sets: 100, wamids: 10 };

/** GET /control/summary[?phone_number_id=]: for each number what came in, and who got the same thing twice. */
export function summary(world: World, { query }: Call): Answer {
  const wanted = query.get('phone_number_id');
  const numbers = [...world.accounts.keys()].filter((id) => (wanted ?? id) === id);
  const attempts = grouped(world.attempts, ({ phoneNumberId }) => phoneNumberId);
  const messages = grouped(world.messages, ({ conversation }) => conversation.account.phoneNumberId);
  const data = numbers.map((id) => ({
    phone_number_id: id,
    ...attemptFigures(attempts.get(id) ?? []),
    ...messageFigures(messages.get(id) ?? []),
  }));
  return ok({ now: world.clock.now(), held: world.held.list().length, data });
}

/** Map.groupBy, which Node 20 does not have. */
function grouped<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function attemptFigures(all: Attempt[]): object {
  const attempts = all.filter(({ type }) => type !== 'read-receipt');
  const codes = attempts.flatMap(({ code }) => (code === undefined ? [] : [code]));
  return {
    attempts: attempts.length,
    accepted: count(attempts, 'accepted'),
    refused: count(attempts, 'error'),
    dropped: count(attempts, 'dropped'),
    unanswered: attempts.filter(({ answered }) => !answered).length,
    read_receipts: all.length - attempts.length,
    codes: Object.fromEntries([...grouped(codes, String)].map(([code, all]) => [code, all.length])),
  };
}

const count = (attempts: Attempt[], outcome: Attempt['outcome']): number =>
  attempts.filter((attempt) => attempt.outcome === outcome).length;

function messageFigures(messages: OutboundMessage[]): object {
  const withCallbackData = messages.filter(({ callbackData }) => callbackData !== undefined);
  return {
    messages: messages.length,
    recipients: new Set(messages.map(({ conversation }) => conversation.contact)).size,
    duplicates_by_callback_data: duplicates(withCallbackData, ({ callbackData }) => callbackData!),
    duplicates_by_content: duplicates(messages, ({ type, template, parameters, text }) =>
      [type, template?.name, ...parameters, template ? undefined : text].join('\u0000'),
    ),
  };
}

/** How many messages are one too many for their recipient, and the wamids of each set. */
function duplicates(messages: OutboundMessage[], keyOf: (message: OutboundMessage) => string): object {
  const byKey = grouped(messages, (message) => `${message.conversation.contact.waId} ${keyOf(message)}`);
  const sets = [...byKey.values()].filter(({ length }) => length > 1);
  return {
    extra: sets.reduce((sum, { length }) => sum + length - 1, 0),
    sets: sets.slice(0, SHOWN.sets).map((set) => ({
      to: set[0]!.conversation.contact.waId,
      wamids: set.slice(0, SHOWN.wamids).map(({ wamid }) => wamid),
    })),
  };
}
