import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Fence } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { spread } from '../domain/back-off.js';
import { isToRecheck } from '../domain/recheck.policy.js';
import { GraphClient, type GraphAccess } from '../infrastructure/graph-client.js';
import { OutboxRepository, type OutboxRow } from '../infrastructure/outbox.repository.js';
import { BatchLocks } from './batch-locks.js';
import { BeginSends, type Begun } from './begin-sends.js';
import { Breakers } from './breakers.js';
import { GraphAccesses } from './graph-accesses.js';
import type { Leased } from './leases.js';
import { Rechecks } from './rechecks.js';
import { Results } from './results.js';
import { SetAside } from './set-aside.js';

const NOT_BEGUN = { kind: 'not-begun' } as const;

/** An address or visit whose fence is closed is tried again after this. */
const FENCE_RETRY_MS = 1_000;

/** Whoever was stopped longer than this has no lease any more: it lasts 60 s, and a call takes up to 13 s. */
const BEGIN_WITHIN_MS = 40_000;

/** One leased batch on its way: recheck of what waited, fence, gate, attempt rows, calls, results. */
@Injectable()
export class SendBatch {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly fence: Fence,
    private readonly accesses: GraphAccesses,
    private readonly beginning: BeginSends,
    private readonly results: Results,
    private readonly rechecks: Rechecks,
    private readonly breakers: Breakers,
    private readonly setAside: SetAside,
    private readonly client: GraphClient,
    private readonly log: Log,
  ) {}

  private stopping = false;

  /** Batches under way come to their end; nothing more is asked about or begun. */
  stop(): void {
    this.stopping = true;
  }

  /** Never rejects: what fails comes back by its lease. */
  async run(ctx: Context, leased: Leased): Promise<void> {
    failpoint('send.claimed');
    const late = leased.rows.filter((row) => this.isLate(row, leased.now));
    const fresh = leased.rows.filter((row) => !late.includes(row));
    try {
      await this.send(ctx, { ...leased, rows: fresh });
      if (this.stopping) return await this.giveBack(ctx, leased.token, late, null);
      // Before their fence: what a check finds may have to close it.
      await this.send(ctx, { ...leased, rows: await this.rechecks.run(ctx, leased.token, late) });
    } catch (error) {
      this.log.warn('whatsapp.batch-failed', { organization_id: ctx.organizationId }, error);
    }
  }

  /** Those that waited so long that their owner is asked first. */
  private isLate({ origin, createdAt }: OutboxRow, now: Date): boolean {
    return this.rechecks.has(origin) && isToRecheck(createdAt, now);
  }

  private async send(ctx: Context, leased: Leased): Promise<void> {
    const accesses = await this.accessesOf(ctx, leased);
    const batch = { ...leased, rows: leased.rows.filter(({ accountId }) => accesses.has(accountId)) };
    if (batch.rows.length === 0) return;
    const locks = await this.lock(ctx, batch);
    try {
      const passed = batch.rows.filter((row) => locks.hold(row));
      await this.giveBackUnfenced(ctx, batch, passed);
      const begun = await this.beginning.run(ctx, { ...batch, rows: passed });
      if (begun.length > 0) failpoint('send.attempt-committed');
      const going = new Set(begun.map(({ message }) => message.id));
      for (const row of batch.rows) if (!going.has(row.id)) locks.release(row);
      const ends = await Promise.allSettled(
        begun.map((one) => this.one(ctx, one, { batch, locks, accesses })),
      );
      const failed = ends.find(({ status }) => status === 'rejected');
      if (failed) throw (failed as PromiseRejectedResult).reason;
    } finally {
      // Only now that every call of the batch has ended.
      await locks.end();
    }
  }

  /**
   * Before any attempt: a token that cannot be had must not leave a send whose outcome nobody knows, and one number's
   * must not hold up the others.
   */
  private async accessesOf(ctx: Context, { rows, numbers, token }: Leased): Promise<Map<Uuid, GraphAccess>> {
    const accesses = new Map<Uuid, GraphAccess>();
    for (const id of new Set(rows.map(({ accountId }) => accountId))) {
      try {
        accesses.set(id, await this.accesses.of(ctx, numbers.get(id)!));
      } catch (error) {
        if (error instanceof Fault && error.retryable) throw error;
        const its = rows.filter(({ accountId }) => accountId === id);
        await this.setAside.run(ctx, token, its, { reason: 'token-unreadable', error });
      }
    }
    return accesses;
  }

  /** Before the consent check: an opt-out that commits from here on waits for us, or we see it. */
  private async lock(ctx: Context, { token, rows }: Leased): Promise<BatchLocks> {
    try {
      return await BatchLocks.take(this.fence, this.log, { ...ctx, rows });
    } catch (error) {
      await this.giveBack(ctx, token, rows, 'fenced');
      throw error;
    }
  }

  private async giveBackUnfenced(
    ctx: Context,
    { token, rows }: Leased,
    passed: readonly OutboxRow[],
  ): Promise<void> {
    const shut = rows.filter((row) => !passed.includes(row));
    await this.giveBack(ctx, token, shut, 'fenced');
  }

  private async giveBack(
    ctx: Context,
    token: Uuid,
    rows: readonly OutboxRow[],
    reason: string | null,
  ): Promise<void> {
    if (rows.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const now = (await nowIn(tx)).getTime();
      const dueAt = (): Date => new Date(now + spread(FENCE_RETRY_MS, Math.random()));
      await this.outbox.giveBack(
        tx,
        token,
        rows.map(({ id }) => ({ id, dueAt: dueAt(), reason })),
      );
    });
  }

  private async one(
    ctx: Context,
    { message, attemptId, payload }: Begun,
    { batch, locks, accesses }: { batch: Leased; locks: BatchLocks; accesses: Map<Uuid, GraphAccess> },
  ): Promise<void> {
    const number = batch.numbers.get(message.accountId)!;
    const access = accesses.get(number.id)!;
    // Asked at the last moment: a call may have waited for another's probe.
    const outcome = await this.breakers.call(number.id, async () => {
      const mayBegin = locks.hold(message) && performance.now() - batch.leasedAt < BEGIN_WITHIN_MS;
      return mayBegin ? this.client.send(access, number.phoneNumberId, payload) : NOT_BEGUN;
    });
    if (outcome.kind !== 'not-begun') failpoint('send.answer-received');
    locks.release(message);
    await this.results.keep(ctx, { message, number, attemptId, outcome, token: batch.token });
    failpoint('send.accepted-committed');
  }
}
