import { setTimeout as sleep } from 'node:timers/promises';
import { limited } from './fhir-fault.js';

/** A pause longer than this is not slept through: the caller is told when to come back. */
const PATIENCE_MS = 30_000;
const SECOND_MS = 1_000;

/**
 * What one EHR is asked at most: so many requests a second (a second's worth may come at once) and so many at the
 * same time, first come first served. Epic gives no sign before it is hurt, so we hold back ourselves.
 */
export class Budget {
  private readonly stepMs: number;
  /** When the bucket would be full again (generic cell rate algorithm). */
  private fullAt = 0;
  private pausedUntil = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    requestsPerSecond: number,
    private readonly concurrency: number,
  ) {
    this.stepMs = SECOND_MS / requestsPerSecond;
  }

  /** Runs one request within the budget. Throws `fhir.limited` while the EHR wants to be left alone for long. */
  async spend<T>(request: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      await this.tokens();
      return await request();
    } finally {
      this.leave();
    }
  }

  /** The EHR asked for a pause: every request of this connection waits. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, Date.now() + ms);
  }

  private async tokens(): Promise<void> {
    await sleep(this.reserve());
    for (let left = this.pauseLeft(); left > 0; left = this.pauseLeft()) await sleep(left);
  }

  private reserve(): number {
    const now = Date.now();
    this.fullAt = Math.max(this.fullAt, now - SECOND_MS + this.stepMs) + this.stepMs;
    return Math.max(0, this.fullAt - this.stepMs - now);
  }

  private pauseLeft(): number {
    const left = this.pausedUntil - Date.now();
    if (left > PATIENCE_MS) throw limited(null, Math.ceil(left / SECOND_MS));
    return left;
  }

  private enter(): Promise<void> | void {
    if (this.running < this.concurrency) {
      this.running++;
      return;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
