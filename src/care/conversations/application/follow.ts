import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type Sent } from '../../../exchange/messaging/index.js';
import { belongs } from '../domain/belonging.policy.js';
import { ConversationsRepository, threadKey } from '../infrastructure/conversations.repository.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { eachAlone } from './each-alone.js';
import { TakeIn } from './take-in.js';

/** Puts what we wrote, once Meta has accepted it, into the open conversation with that address. */
@Injectable()
export class Follow {
  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingFacade,
    private readonly conversations: ConversationsRepository,
    private readonly entries: EntriesRepository,
    private readonly takeIn: TakeIn,
  ) {}

  async run(ctx: Context, messageIds: Uuid[]): Promise<void> {
    const ids = await this.transactions.run(ctx, (tx) => this.missing(tx, messageIds));
    const sent = ids.length === 0 ? [] : await this.messaging.sent(ctx, ids);
    await eachAlone(sent, (one) => this.transactions.run(ctx, (tx) => this.take(tx, one)));
  }

  /** Nearly every message is a reminder without an open conversation: found in three statements for all of them. */
  private async missing(tx: TxContext, messageIds: Uuid[]): Promise<Uuid[]> {
    const known = await this.entries.known(tx, messageIds);
    const fresh = messageIds.filter((id) => !known.has(id));
    const accepted = (await this.messaging.outlines(tx, fresh)).filter(({ acceptedAt }) => acceptedAt);
    const open = await this.conversations.openAmong(tx, accepted);
    return accepted.flatMap((one) => (open.has(threadKey(one)) ? [one.id] : []));
  }

  /** Without an open conversation it waits: the patient's answer opens one and takes it in. */
  private async take(tx: TxContext, sent: Sent): Promise<void> {
    if (!sent.acceptedAt) return;
    const open = await this.conversations.lockOpen(tx, sent);
    if (!open || !belongs(sent, open)) return;
    if (await this.takeIn.add(tx, open.id, sent))
      await this.conversations.touch(tx, open.id, sent.acceptedAt);
  }
}
