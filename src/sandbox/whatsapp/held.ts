import type { Wait } from './http.js';

/** An answer that was kept back: what it answers, and since when it waits. */
export interface HeldAnswer {
  endpoint: string;
  phone_number_id: string;
  attempt?: number;
  wamid?: string;
  biz_opaque_callback_data?: string;
  since: Date;
}

export interface Held {
  /** Waits until it is released; forgotten when the client goes away before. */
  wait(answer: HeldAnswer): Wait;
  list(): HeldAnswer[];
  /** Lets the oldest ones go, all of them unless told how many; answers how many went. */
  release(limit?: number, phoneNumberId?: string): number;
  /** True once so many are held, false if that does not happen in time. */
  reaches(count: number, limitMs: number): Promise<boolean>;
}

export function makeHeld(): Held {
  const held = new Map<HeldAnswer, () => void>();
  const watchers = new Set<() => void>();
  const wait =
    (answer: HeldAnswer): Wait =>
    (go) => {
      held.set(answer, go);
      for (const look of [...watchers]) look();
      return () => void held.delete(answer);
    };
  const release = (limit = Infinity, phoneNumberId?: string): number => {
    const wanted = [...held].filter(
      ([answer]) => (phoneNumberId ?? answer.phone_number_id) === answer.phone_number_id,
    );
    const going = wanted.slice(0, limit);
    for (const [answer, go] of going) {
      held.delete(answer);
      go();
    }
    return going.length;
  };
  const reaches = (count: number, limitMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (reached: boolean): void => {
        clearTimeout(timer);
        watchers.delete(look);
        resolve(reached);
      };
      const look = (): void => void (held.size >= count && end(true));
      const timer = setTimeout(end, limitMs, false).unref();
      watchers.add(look);
      look();
    });
  return { wait, list: () => [...held.keys()], release, reaches };
}
