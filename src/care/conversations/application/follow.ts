import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { MessagingFacade, type Outline } from '../../../exchange/messaging/index.js';
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
    const missing = await this.transactions.run(ctx, (tx) => this.missing(tx, messageIds));
    await eachAlone(missing, (one) => this.transactions.run(ctx, (tx) => this.take(tx, one)));
  }

  /** Nearly every message is a reminder without an open conversation: found in three statements for all of them. */
  private async missing(tx: TxContext, messageIds: Uuid[]): Promise<Outline[]> {
    const known = await this.entries.known(tx, messageIds);
    const fresh = messageIds.filter((id) => !known.has(id));
    const accepted = (await this.messaging.outlines(tx, fresh)).filter(({ acceptedAt }) => acceptedAt);
    const open = await this.conversations.openAmong(tx, accepted);
    return accepted.filter((one) => open.has(threadKey(one)));
  }

  /** Without an open conversation it waits: the patient's answer opens one and takes it in. */
  private async take(tx: TxContext, sent: Outline): Promise<void> {
    const open = (await this.conversations.lockOpen(tx, [sent])).get(threadKey(sent));
    if (!open || !(await this.takeIn.belongs(tx, sent, open))) return;
    await this.conversations.touch(tx, await this.takeIn.add(tx, open.id, [sent]));
  }
}
