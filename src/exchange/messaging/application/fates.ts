import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Origin } from '../domain/content.js';
import type { MessageState } from '../domain/message.states.js';

/** Where a message of ours stands: codes and ids, nothing of its content. */
export interface Fate {
  messageId: Uuid;
  origin: Origin;
  originKey: string;
  state: MessageState;
  /** Why it waits or did not arrive; `meta-131026` when Meta said so. */
  reason: string | null;
}

/** What became of messages, without opening them. */
@Injectable()
export class Fates {
  constructor(private readonly transactions: Transactions) {}

  of(ctx: Context, messageIds: readonly Uuid[]): Promise<Fate[]> {
    return this.transactions.run(ctx, (tx) =>
      sql<Fate>(
        tx,
        `select id as "messageId", origin, origin_key as "originKey", state,
                coalesce(reason, 'meta-' || failure_code) as reason
           from messaging.message where organization_id = $1 and id = any($2::uuid[]) order by id`,
        [tx.organizationId, messageIds],
      ),
    );
  }
}
