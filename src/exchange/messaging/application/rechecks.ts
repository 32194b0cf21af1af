import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Log } from '../../../platform/logging/log.js';
import type { Origin } from '../domain/content.js';
import { recheckAgainAt, recheckNextAt } from '../domain/recheck.policy.js';
import { MessageStatusChanged } from '../events.js';
import { OutboxRepository, type OutboxRow } from '../infrastructure/outbox.repository.js';

/** The message that is asked about, as its owner knows it. */
export interface RecheckCase {
  messageId: Uuid;
  originKey: string;
  visitId: Uuid | null;
}

/** `go`: it is still true. `wait`: not before that instant. `drop`: never. Reasons are codes. */
export type RecheckVerdict =
  { verdict: 'go' } | { verdict: 'wait'; until: Date; reason: string } | { verdict: 'drop'; reason: string };

/** Asked outside any transaction: it may go over the network. One that throws lets nothing go. */
export type Recheck = (ctx: Context, message: RecheckCase) => Promise<RecheckVerdict>;

type Judged = { row: OutboxRow; verdict: RecheckVerdict | { verdict: 'failed' | 'unasked'; reason: string } };

/**
 * Checks side by side, in each of up to three batches of a hospital. An EHR is asked as its connection's budget says
 * (2 at once, 5 a second by default), first come first served: more of ours would only stand longer before what a
 * patient's tap has to write.
 */
const WIDTH = 6;

/** With the calls before (13 s) and after it, well within the lease of 60 s. What is not answered by then waits. */
const BUDGET_MS = 15_000;

/** Asks the owners of messages that waited whether they may still go. */
@Injectable()
export class Rechecks {
  private readonly checks = new Map<Origin, Recheck>();

  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  register(origin: Origin, check: Recheck): void {
    this.checks.set(origin, check);
  }

  has(origin: Origin): boolean {
    return this.checks.has(origin);
  }

  /** Those of the leased rows that may go. The others are given back or ended. */
  async run(ctx: Context, token: Uuid, rows: readonly OutboxRow[]): Promise<OutboxRow[]> {
    if (rows.length === 0) return [];
    const judged = await this.judge(ctx, rows);
    await this.carryOut(
      ctx,
      token,
      judged.filter(({ verdict }) => verdict.verdict !== 'go'),
    );
    return judged.flatMap(({ row, verdict }) => (verdict.verdict === 'go' ? [row] : []));
  }

  private async judge(ctx: Context, rows: readonly OutboxRow[]): Promise<Judged[]> {
    const waiting = [...rows];
    const judged: Judged[] = [];
    const endsAt = performance.now() + BUDGET_MS;
    let isOver = false;
    const over = sleep(BUDGET_MS, { verdict: 'failed', reason: 'recheck-slow' } as const, { ref: false });
    // A timer may be a moment ahead of the clock, and a process that stood still behind it.
    void over.then(() => (isOver = true));
    const lane = async (): Promise<void> => {
      while (waiting.length > 0 && !isOver && performance.now() < endsAt) {
        const row = waiting.shift()!;
        judged.push({ row, verdict: await Promise.race([this.ask(ctx, row), over]) });
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, lane));
    // An owner that answered nobody is not asked any sooner for those that it was not asked about.
    const verdict = judged.some(isAnswered) ? ('unasked' as const) : ('failed' as const);
    return [...judged, ...waiting.map((row) => ({ row, verdict: { verdict, reason: 'recheck-slow' } }))];
  }

  private async ask(ctx: Context, row: OutboxRow): Promise<Judged['verdict']> {
    const { id, origin, originKey, visitId } = row;
    try {
      return await this.checks.get(origin)!(ctx, { messageId: id, originKey, visitId });
    } catch (error) {
      this.log.warn('whatsapp.recheck-failed', { organization_id: ctx.organizationId, id }, error);
      return { verdict: 'failed', reason: 'recheck-failed' };
    }
  }

  private async carryOut(ctx: Context, token: Uuid, judged: readonly Judged[]): Promise<void> {
    if (judged.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const later = judged.flatMap((one) => laterOf(one, now));
      const ended = judged.flatMap(({ row: { id }, verdict }) =>
        verdict.verdict === 'drop' ? [{ id, state: 'refused' as const, reason: verdict.reason }] : [],
      );
      await this.outbox.giveBack(tx, token, later);
      await this.events.publish(tx, MessageStatusChanged, await this.outbox.stop(tx, token, ended));
    });
  }
}

function isAnswered({ verdict: { verdict } }: Judged): boolean {
  return verdict !== 'failed';
}

function laterOf({ row, verdict }: Judged, now: Date): { id: Uuid; dueAt: Date; reason: string }[] {
  const { id, createdAt } = row;
  if (verdict.verdict === 'failed')
    return [{ id, dueAt: recheckAgainAt(createdAt, now), reason: verdict.reason }];
  if (verdict.verdict === 'unasked') return [{ id, dueAt: recheckNextAt(now), reason: verdict.reason }];
  if (verdict.verdict !== 'wait') return [];
  // An instant that has passed would make the loop spin.
  const dueAt = verdict.until > now ? verdict.until : recheckAgainAt(createdAt, now);
  return [{ id, dueAt, reason: verdict.reason }];
}
