import { Injectable } from '@nestjs/common';
import { MessagingFacade, type Fate } from '../../../exchange/messaging/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isMissed, UNDELIVERED, type Undelivered } from '../domain/step.states.js';
import { SkipsRepository, type MessageEnd } from '../infrastructure/skips.repository.js';
import { StepsRepository } from '../infrastructure/steps.repository.js';
import { MissedReminders } from './missed-reminders.js';

/** Keeps with each step how its message ended, where that was not with the patient, and what may not be read any more empty. */
@Injectable()
export class FollowReminders {
  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingFacade,
    private readonly skips: SkipsRepository,
    private readonly steps: StepsRepository,
    private readonly missed: MissedReminders,
  ) {}

  /**
   * Handles MessageStatusChanged; the many messages that arrive cost two looks and no write. What was kept is looked at
   * once more after the commit, since another job may have seen the step before it: a parked message can still be told
   * as delivered.
   */
  async run(ctx: Context, messageIds: Uuid[]): Promise<void> {
    const kept = await this.transactions.run(ctx, (tx) => this.follow(tx, messageIds));
    if (kept.length > 0) await this.transactions.run(ctx, (tx) => this.follow(tx, kept));
  }

  /** Returns the messages whose end was news. */
  private async follow(tx: TxContext, messageIds: readonly Uuid[]): Promise<Uuid[]> {
    const fates = await this.fatesOf(tx, messageIds);
    await this.unsay(tx, fates);
    const shown = await this.skips.undelivered(
      tx,
      fates.map(({ originKey }) => originKey),
    );
    const concerned = fates.filter((fate) => isUndelivered(fate) || shown.has(fate.originKey));
    if (concerned.length === 0) return [];
    await this.skips.lock(
      tx,
      concerned.map(({ originKey }) => originKey),
    );
    // Read again under the locks: what is kept is never older than what stands there.
    const ids = concerned.map(({ messageId }) => messageId);
    const ends = (await this.fatesOf(tx, ids)).map(endOf);
    const kept = new Set(await this.skips.keep(tx, ends));
    const lost = ends.filter(({ stepId }) => kept.has(stepId)).some(isLost);
    if (lost) await this.missed.tell(tx);
    return concerned.filter(({ originKey }) => kept.has(originKey)).map(({ messageId }) => messageId);
  }

  /** A message that was being sent when its visit turned out to be entered in error still had its words. */
  private async unsay(tx: TxContext, fates: readonly Fate[]): Promise<void> {
    const inError = await this.steps.inError(
      tx,
      fates.map(({ originKey }) => originKey),
    );
    const said = fates.filter(({ originKey }) => inError.has(originKey)).map(({ messageId }) => messageId);
    if (said.length > 0) await this.messaging.emptyTexts(tx, said);
  }

  private async fatesOf(tx: TxContext, messageIds: readonly Uuid[]): Promise<Fate[]> {
    return (await this.messaging.fatesOf(tx, messageIds)).filter(({ origin }) => origin === 'reminder');
  }
}

function isUndelivered({ state }: Fate): boolean {
  return UNDELIVERED.includes(state as Undelivered);
}

/** A reminder's origin key is its step's id. */
function endOf(fate: Fate): MessageEnd {
  const undelivered = isUndelivered(fate) ? (fate.state as Undelivered) : null;
  return { stepId: fate.originKey, undelivered, reason: fate.reason };
}

function isLost({ undelivered, reason }: MessageEnd): boolean {
  return undelivered !== null && isMissed({ state: undelivered, reason });
}
