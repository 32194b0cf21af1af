import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';

/** A hospital's interface engine: it tells whoever asked which records have changed, by their ids alone. */
export interface EngineSettings {
  url: string;
  secret: string;
}

export interface Post {
  hints: number;
  /** Null when nobody answered. */
  status: number | null;
}

/** So many ids in one post. */
const AT_ONCE = 500;
const TRIES = 5;
const AGAIN_AFTER_MS = 200;

export class Engine {
  readonly posts: Post[] = [];
  #settings: EngineSettings | null = null;
  #waiting = new Set<string>();
  #underWay = 0;
  #sending: Promise<void> | null = null;

  constructor(private readonly clock: Clock) {}

  /** References whose hint has not been answered yet. */
  get waiting(): number {
    return this.#waiting.size + this.#underWay;
  }

  start(settings: EngineSettings): void {
    this.#settings = settings;
  }

  stop(): void {
    this.#settings = null;
    this.#waiting.clear();
  }

  /** `Appointment/1` has changed: what changed together is told together. */
  tell(reference: string): void {
    if (!this.#settings) return;
    this.#waiting.add(reference);
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
  }

  async #send(): Promise<void> {
    await sleep(0);
    while (this.#settings && this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, AT_ONCE);
      // What changes again meanwhile is told again.
      for (const reference of batch) this.#waiting.delete(reference);
      this.#underWay = batch.length;
      const status = await this.#post(this.#settings, batch);
      this.#underWay = 0;
      this.posts.push({ hints: batch.length, status });
    }
  }

  async #post({ url, secret }: EngineSettings, references: string[]): Promise<number | null> {
    const hints = references.map((reference) => {
      const [resourceType, id] = reference.split('/');
      return { resourceType, id };
    });
    const body = JSON.stringify(hints);
    let status: number | null = null;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const timestamp = String(Math.floor(this.clock.now().getTime() / 1_000));
      const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-hint-timestamp': timestamp,
        'x-hint-signature': `sha256=${signature}`,
      };
      status = await fetch(url, { method: 'POST', headers, body }).then(
        (answer) => answer.status,
        () => null,
      );
      if (status !== null && status < 500) return status;
      await sleep(AGAIN_AFTER_MS * attempt);
    }
    return status;
  }
}
