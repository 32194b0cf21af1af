import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type Sent } from '../../../exchange/messaging/index.js';
import { belongs } from '../domain/belonging.policy.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
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
    const known = await this.transactions.run(ctx, (tx) => this.entries.known(tx, messageIds));
    const sent = await this.messaging.sent(
      ctx,
      messageIds.filter((id) => !known.has(id)),
    );
    // Most of what goes out meets no open conversation, and each look of its own is a transaction.
    const answered = await this.transactions.run(ctx, (tx) => this.conversations.withOpen(tx, sent));
    await eachAlone(answered, (one) => this.transactions.run(ctx, (tx) => this.take(tx, one)));
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
