import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, Person } from './arena.js';
import { makeUpVisit } from './people.js';
import type { Random } from './random.js';

export interface Load {
  /** Who each message that was handed in is for, by its key. */
  owners: Map<string, Person>;
  /** How many words the stand-in has taken from patients. */
  said(): number;
  /** How many hand-ins, words and changes the product or its database refused. */
  refused(): number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  random: Random;
  /** Messages handed in a second. */
  perSecond: number;
  /** Words said a second, each by somebody; they come as webhooks and begin conversations. */
  wordsPerSecond: number;
}

const TICK_MS = 200;

/** Sends, webhooks, sync and summaries are all under way until it is stopped. */
export function startLoad(arena: Arena, { random, perSecond, wordsPerSecond }: LoadOptions): Load {
  const owners = new Map<string, Person>();
  let going = true;
  let refused = 0;
  let said = 0;
  const each = async (count: number, work: (n: number) => Promise<void>): Promise<void> => {
    for (let n = 0; n < count && going; n++) await work(n).catch(() => void refused++);
  };
  const lane = async (perTick: number, work: (n: number) => Promise<void>): Promise<void> => {
    for (let tick = 0, due = 0; going; tick++) {
      due += perTick;
      const count = Math.floor(due);
      due -= count;
      await each(count, () => work(tick));
      await sleep(TICK_MS);
    }
  };
  let next = 0;
  const handIn = async (): Promise<void> => {
    // Everybody in turn: one contact takes ten messages at once and then one each six seconds.
    const person = arena.people[next % arena.people.length]!;
    const key = `message-${next++}`;
    await arena.send(person, key);
    owners.set(key, person);
  };
  const say = async (): Promise<void> => {
    await arena.whatsapp.say(random.pick(arena.people).waId, 'Where do I park?');
    said++;
  };
  const book = (tick: number): Promise<void> =>
    arena.ehr.put(makeUpVisit(random.pick(arena.people).reference, tick % 500));
  const close = async (): Promise<void> => {
    const [open] = await arena.product.all<{ id: string }>('/v1/conversations?state=open');
    if (open) await arena.product.post(`/v1/conversations/${open.id}/close`);
  };
  const lanes = Promise.all([
    lane((perSecond * TICK_MS) / 1_000, handIn),
    lane((wordsPerSecond * TICK_MS) / 1_000, say),
    lane(0.4, book),
    lane(0.2, close),
  ]);
  return {
    owners,
    said: () => said,
    refused: () => refused,
    stop: async () => {
      going = false;
      await lanes;
    },
  };
}
