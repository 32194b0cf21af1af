import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { MessageReceived, StopReceived } from '../events.js';

/** In a day without trouble a webhook waits for seconds. One that is tried again waits from its next try on. */
const BEHIND_SECONDS = 60;

/** Whoever wrote before this has been heard, or a person has been told of the job that failed. */
const LOOK_BACK = '8 days';

/** What patients said that has not been acted on yet, after an outage above all. */
@Injectable()
export class Unheard {
  constructor(
    private readonly transactions: Transactions,
    private readonly events: Events,
  ) {}

  /** Whether stored webhooks have waited to be read for more than a minute: anybody's STOP may lie among them. */
  inboxBehind(ctx: Context): Promise<boolean> {
    return this.transactions.run(ctx, async (tx) => {
      const [row] = await sql<{ behind: boolean }>(
        tx,
        `select exists (
           select 1 from messaging.inbox
            where organization_id = $1 and state = 'waiting'
              and due_at <= platform.now() - make_interval(secs => $2)) as behind`,
        [tx.organizationId, BEHIND_SECONDS],
      );
      return row!.behind;
    });
  }

  /** What this contact wrote that waits for those who act on it: ids of received messages. */
  from(ctx: Context, addressId: Uuid): Promise<Uuid[]> {
    return this.transactions.run(ctx, async (tx) => {
      const ids = await this.lately(tx, addressId);
      return this.events.underWay(tx, [MessageReceived, StopReceived], ids);
    });
  }

  private async lately(tx: TxContext, addressId: Uuid): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      tx,
      `select id from messaging.received
        where organization_id = $1 and address_id = $2 and at > platform.now() - $3::interval`,
      [tx.organizationId, addressId, LOOK_BACK],
    );
    return rows.map(({ id }) => id);
  }
}
