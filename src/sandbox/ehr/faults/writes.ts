import { setTimeout as sleep } from 'node:timers/promises';
import { type Reply, send } from '../http.js';
import type { Effect } from './effect.js';
import type { FaultName } from './fault-book.js';

const DEFAULT_DELAY_MS = 1000;

/** Faults in when an answer comes, and in what a write leaves behind. */
export const writes = {
  delay: async (exchange, { ms = DEFAULT_DELAY_MS }) => {
    await sleep(ms, undefined, { ref: false });
    exchange.reply(exchange.serve());
  },
  hang: (exchange) => exchange.record(0, 0),
  'drop-request': (exchange) => {
    exchange.record(0, 0);
    exchange.res.socket?.destroy();
  },
  'drop-answer': (exchange) => {
    exchange.record(exchange.serve().status, 0);
    exchange.res.socket?.destroy();
  },
  'hold-answer': (exchange) => {
    const reply = exchange.serve();
    exchange.record(reply.status, 0);
    exchange.world.held.hold(() => send(exchange.res, reply));
  },
  'empty-answer': (exchange) => exchange.reply(without(exchange.serve(), { body: true, headers: false })),
  'no-location': (exchange) => exchange.reply(without(exchange.serve(), { body: false, headers: true })),
  'bare-answer': (exchange) => exchange.reply(without(exchange.serve(), { body: true, headers: true })),
  'ignore-writes': (exchange) => exchange.reply(exchange.serve({ commit: false })),
  altered: (exchange) => {
    exchange.raw.body = alter(exchange.raw.body);
    exchange.reply(exchange.serve());
  },
} satisfies Partial<Record<FaultName, Effect>>;

/** A success without what tells where it is and which version; a refusal stays whole. */
function without(reply: Reply, what: { body: boolean; headers: boolean }): Reply {
  if (reply.status >= 300) return reply;
  const { Location: _location, ETag: _etag, ...others } = reply.headers ?? {};
  return {
    ...reply,
    headers: what.headers ? others : reply.headers,
    text: what.body ? '' : reply.text,
  };
}

/** Another character in the first text or attachment that the resource holds. */
function alter(body: string): string {
  return body.replace(
    /("(?:data|contentString)":")(.)/,
    (_all, before: string, first: string) => `${before}${first === 'A' ? 'B' : 'A'}`,
  );
}
