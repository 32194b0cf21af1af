import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { MessageReceived, StopReceived } from '../events.js';
import { InboxRepository } from '../infrastructure/inbox.repository.js';
import { ReceivedRepository } from '../infrastructure/received.repository.js';

/** In a day without trouble a webhook waits for seconds. One that is tried again waits from its next try on. */
const BEHIND_SECONDS = 60;

/** Whoever wrote before this has been heard, or a person has been told of the job that failed. */
const LOOK_BACK_DAYS = 8;

/** What patients said that has not been acted on yet, after an outage above all. */
@Injectable()
export class Unheard {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly received: ReceivedRepository,
    private readonly events: Events,
  ) {}

  /** Whether stored webhooks have waited to be read for more than a minute: anybody's STOP may lie among them. */
  inboxBehind(ctx: Context): Promise<boolean> {
    return this.transactions.run(ctx, (tx) => this.inbox.isBehind(tx, BEHIND_SECONDS));
  }

  /** What this contact wrote that waits for those who act on it: ids of received messages. */
  from(ctx: Context, addressId: Uuid): Promise<Uuid[]> {
    return this.transactions.run(ctx, async (tx) => {
      const ids = await this.received.lately(tx, addressId, LOOK_BACK_DAYS);
      return this.events.underWay(tx, [MessageReceived, StopReceived], ids);
    });
  }
}
