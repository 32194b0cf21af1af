import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Fence } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { numberRate, pace } from '../domain/pace.js';
import { isToRecheck } from '../domain/recheck.policy.js';
import type { AccountEntity, ChannelEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { GraphClient, type GraphAccess } from '../infrastructure/graph-client.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { OutboxRepository } from '../infrastructure/outbox.repository.js';
import { Accounts } from './accounts.js';
import { BatchLocks } from './batch-locks.js';
import { BeginSends, type Begun } from './begin-sends.js';
import { Rechecks } from './rechecks.js';
import { RecordSends, type SendResult } from './record-sends.js';
import { RecoverSends } from './recover-sends.js';

/** At most this many of one number are under way together: 2 locks each, all released within a call's limit. */
export const SEND_BATCH = 50;
/** While a number's rate is used up its loop waits, so that "nothing is due" stays true when it says so. */
const PACE_WAIT_MS = 250;
/** An address or visit whose fence is closed is tried again after this. */
const FENCE_RETRY_MS = 1_000;

/** Whoever was stopped longer than this has no lease any more: it lasts 60 s, and a call takes up to 13 s. */
const BEGIN_WITHIN_MS = 40_000;

/** What is due of one number, leased to us. */
interface Batch {
  account: AccountEntity;
  token: Uuid;
  rows: MessageEntity[];
  /** On the process's own clock, which a stopped process notices too. */
  leasedAt: number;
}

interface Lease {
  fresh: MessageEntity[];
  /** They waited so long that their owner is asked first. */
  late: MessageEntity[];
  token: Uuid;
  /** The number's rate is used up. */
  paced: boolean;
}

/** The loop `messaging.send`: lease, recheck of what waited, fence, gate, attempt rows, calls, results. */
@Injectable()
export class WorkOutbox {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly accountRows: AccountsRepository,
    private readonly outbox: OutboxRepository,
    private readonly fence: Fence,
    private readonly beginning: BeginSends,
    private readonly recording: RecordSends,
    private readonly recovering: RecoverSends,
    private readonly rechecks: Rechecks,
    private readonly client: GraphClient,
    private readonly log: Log,
  ) {}

  /** One batch of each number of the organization. Returns how many messages were worked. */
  async claim(ctx: Context): Promise<number> {
    let worked = await this.recovering.run(ctx);
    const accounts = await this.transactions.run(ctx, (tx) => this.accountRows.active(tx));
    for (const account of accounts) worked += await this.workAccount(ctx, account);
    return worked;
  }

  private async workAccount(ctx: Context, account: AccountEntity): Promise<number> {
    const leasedAt = performance.now();
    const { fresh, late, token, paced } = await this.lease(ctx, account);
    if (fresh.length + late.length > 0) failpoint('send.claimed');
    if (paced) {
      await sleep(PACE_WAIT_MS);
      return 1;
    }
    const batch = { account, token, leasedAt };
    await this.sendBatch(ctx, { ...batch, rows: fresh });
    // Before their fence: what a check finds may have to close it.
    const free = await this.rechecks.run(ctx, token, late);
    await this.sendBatch(ctx, { ...batch, rows: free });
    return fresh.length + late.length;
  }

  /** The number's rate first, then as many rows as it allows. */
  private lease(ctx: Context, account: AccountEntity): Promise<Lease> {
    const token = newId();
    return this.transactions.run(ctx, async (tx) => {
      const nothing = { fresh: [], late: [], token, paced: false };
      if (!(await this.outbox.isDue(tx, account.id))) return nothing;
      const channel = await this.accountRows.lockChannel(tx, account.id);
      const now = await nowIn(tx);
      if (isClosed(channel, now)) return nothing;
      const rate = numberRate(channel.messagesPerSecond);
      const { granted } = pace(rate, now, channel.pacedUntil, SEND_BATCH);
      if (granted === 0) return { ...nothing, paced: true };
      const withTemplates = !isHeld(channel, now);
      const rows = await this.outbox.claim(tx, {
        accountId: account.id,
        token,
        limit: granted,
        withTemplates,
      });
      const { usedUntil } = pace(rate, now, channel.pacedUntil, rows.length);
      await this.accountRows.changeChannel(tx, account.id, { pacedUntil: usedUntil });
      const isLate = (row: MessageEntity): boolean =>
        this.rechecks.has(row.origin) && isToRecheck(row.createdAt, now);
      const late = rows.filter(isLate);
      return { fresh: rows.filter((row) => !late.includes(row)), late, token, paced: false };
    });
  }

  private async sendBatch(ctx: Context, batch: Batch): Promise<void> {
    if (batch.rows.length === 0) return;
    // Before the consent check: an opt-out that commits from here on waits for us, or we see it.
    const locks = await BatchLocks.take(this.fence, this.log, { ...ctx, rows: batch.rows });
    try {
      const passed = batch.rows.filter((row) => locks.hold(row));
      await this.giveBackUnfenced(ctx, batch, passed);
      const access = await this.accounts.access(ctx, batch.account);
      const begun = await this.beginning.run(ctx, { ...batch, rows: passed });
      if (begun.length > 0) failpoint('send.attempt-committed');
      const going = new Set(begun.map(({ message }) => message.id));
      for (const row of batch.rows) if (!going.has(row.id)) locks.release(row);
      const results = await Promise.all(begun.map((one) => this.call(one, { batch, access, locks })));
      await this.recording.run(ctx, batch.account, results);
      if (results.length > 0) failpoint('send.accepted-committed');
    } finally {
      await locks.end();
    }
  }

  private async giveBackUnfenced(
    ctx: Context,
    { token, rows }: Batch,
    passed: MessageEntity[],
  ): Promise<void> {
    const shut = rows.filter((row) => !passed.includes(row));
    if (shut.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const dueAt = new Date((await nowIn(tx)).getTime() + FENCE_RETRY_MS);
      await this.outbox.giveBack(
        tx,
        token,
        shut.map(({ id }) => ({ id, dueAt, reason: 'fenced' })),
      );
    });
  }

  private async call(
    { message, attemptId, payload }: Begun,
    { batch, access, locks }: { batch: Batch; access: GraphAccess; locks: BatchLocks },
  ): Promise<SendResult> {
    const mayBegin = locks.hold(message) && performance.now() - batch.leasedAt < BEGIN_WITHIN_MS;
    if (!mayBegin) return { messageId: message.id, attemptId, outcome: { kind: 'not-begun' } };
    const outcome = await this.client.send(access, batch.account.phoneNumberId, payload);
    failpoint('send.answer-received');
    locks.release(message);
    return { messageId: message.id, attemptId, outcome };
  }
}

function isHeld(channel: ChannelEntity, now: Date): boolean {
  return channel.heldUntil !== null && channel.heldUntil > now;
}

function isClosed(channel: ChannelEntity, now: Date): boolean {
  const isSlow = channel.slowUntil !== null && channel.slowUntil > now;
  return isSlow || (isHeld(channel, now) && channel.heldScope === 'all');
}
