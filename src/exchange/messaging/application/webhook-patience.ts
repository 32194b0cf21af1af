import { Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/errors/fault.js';

/** An answer later than this is of no use to Meta: it counts the webhook as failed and posts it again. */
const PATIENCE_MS = 800;
/** A body of 3 MB takes its time to parse, seal and write, and Meta knows how large it is. */
const MORE_PER_BYTE_MS = 1_000 / (1024 * 1024);
/** Bodies in hand at once, in bytes: beyond, a database that is away would fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What a webhook costs besides its body. */
const OVERHEAD_BYTES = 2_048;
/** How long Meta is asked to wait; it keeps its own schedule, and posts again for seven days. */
const RETRY_AFTER_SECONDS = 5;

/** How exactly the time is kept. */
const LOOK_EVERY_MS = 50;

interface Waiting {
  until: number;
  reject: (fault: Fault) => void;
}

/** How long and how much a webhook may wait. What is refused here was not acknowledged, and comes again. */
@Injectable()
export class WebhookPatience {
  private bytes = 0;
  private readonly waiting = new Set<Waiting>();
  private clock: NodeJS.Timeout | undefined;

  /** Throws Fault `webhook.busy` (503, with Retry-After): at once when too much waits, or when the work takes too long. */
  within(size: number, work: () => Promise<void>): Promise<void> {
    const cost = size + OVERHEAD_BYTES;
    if (this.bytes + cost > MOST_BYTES) return Promise.reject(busy());
    this.bytes += cost;
    this.clock ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    return new Promise((resolve, reject) => {
      const waiting = { until: performance.now() + PATIENCE_MS + size * MORE_PER_BYTE_MS, reject };
      this.waiting.add(waiting);
      const leave = (): void => {
        this.bytes -= cost;
        this.waiting.delete(waiting);
      };
      work().then(
        () => {
          leave();
          resolve();
        },
        (error: unknown) => {
          leave();
          reject(error instanceof Fault && error.kind === 'unavailable' ? busy(error) : error);
        },
      );
    });
  }

  /** One clock for all: a timer for each of thousands a second costs more than it tells. */
  private look(): void {
    const now = performance.now();
    for (const waiting of this.waiting) {
      if (waiting.until > now) continue;
      this.waiting.delete(waiting);
      waiting.reject(busy());
    }
    if (this.waiting.size > 0) return;
    clearInterval(this.clock);
    this.clock = undefined;
  }
}

export function busy(cause?: Fault): Fault {
  return new Fault(
    {
      code: 'webhook.busy',
      kind: 'unavailable',
      words: 'Nothing can be stored at the moment. Send it again in a few seconds.',
      retryable: true,
      severity: 'error',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
    { cause },
  );
}
