import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Leases } from './leases.js';
import { RecoverSends } from './recover-sends.js';
import { SendBatch } from './send-batch.js';

/** What a batch costs besides its messages (some 30 statements) is shared by this many. */
const SEND_BATCH = 256;
/** Batches under way of one organization, and of the process: each holds a connection for its locks. */
const BATCHES_OF_ONE = 3;
const BATCHES = 6;
/** What one process may hold at the same time: an address and a visit for each message under way. */
export const SENDER_LOCKS = BATCHES * SEND_BATCH * 2;
/** How long one organization's turn may wait for its own calls, while others wait for theirs. */
const TURN_MS = 50;
/** While a number's rate is used up its loop waits, so that "nothing is due" stays true when it says so. */
const PACE_WAIT_MS = 250;
/** Leases end and statuses come in seconds: a busy sender looks for them no more often. */
const RECOVER_EVERY_MS = 500;

/** The loop `messaging.send`: keeps some batches of each organization under way while their calls are answered. */
@Injectable()
export class WorkOutbox {
  private readonly underWay = new Map<Uuid, Set<Promise<void>>>();
  private readonly recoveredAt = new Map<Uuid, number>();

  constructor(
    private readonly leases: Leases,
    private readonly batch: SendBatch,
    private readonly recovering: RecoverSends,
  ) {}

  /** Begins one batch of the organization's numbers. Returns how much was worked, at least 1 while calls are out. */
  async claim(ctx: Context): Promise<number> {
    const mine = this.batchesOf(ctx.organizationId);
    const leased = this.hasRoom(mine) ? await this.leases.take(ctx, SEND_BATCH) : null;
    const began = leased?.rows.length ?? 0;
    if (leased && began > 0) this.begin(mine, this.batch.run(ctx, leased));
    const recovered = await this.recover(ctx, mine.size > 0);
    if (began > 0) return began + recovered;
    if (mine.size > 0) {
      await Promise.race([...mine, sleep(TURN_MS)]);
      return recovered + 1;
    }
    if (!leased?.paced) return recovered;
    await sleep(PACE_WAIT_MS);
    return recovered + 1;
  }

  /** Every call that has begun is answered, or at its time limit, and recorded. */
  async drain(): Promise<void> {
    this.batch.stop();
    await Promise.all([...this.underWay.values()].flatMap((batches) => [...batches]));
  }

  /** An idle turn always looks: what a moved clock made due must be found before it says that nothing is left. */
  private async recover(ctx: Context, busy: boolean): Promise<number> {
    const now = performance.now();
    const last = this.recoveredAt.get(ctx.organizationId) ?? -Infinity;
    if (busy && now - last < RECOVER_EVERY_MS) return 0;
    this.recoveredAt.set(ctx.organizationId, now);
    return this.recovering.run(ctx);
  }

  private hasRoom(mine: ReadonlySet<unknown>): boolean {
    const all = [...this.underWay.values()].reduce((sum, { size }) => sum + size, 0);
    return mine.size < BATCHES_OF_ONE && all < BATCHES;
  }

  private batchesOf(organizationId: Uuid): Set<Promise<void>> {
    const known = this.underWay.get(organizationId);
    if (known) return known;
    const made = new Set<Promise<void>>();
    this.underWay.set(organizationId, made);
    return made;
  }

  private begin(mine: Set<Promise<void>>, work: Promise<void>): void {
    const one = work.finally(() => mine.delete(one));
    mine.add(one);
  }
}
