import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** Why nobody can say whether a message may go, or how. */
export type SetAsideReason = 'gate-failed' | 'token-unreadable';

/** The same as a list of SQL literals. */
export const SET_ASIDE = `'gate-failed', 'token-unreadable'`;

/** The condition of the index `ix_message_set_aside`; one that is tried again is still set aside meanwhile. */
const IS_SET_ASIDE = `m.state in ('ready', 'claimed') and m.reason in (${SET_ASIDE})`;

@Injectable()
export class SetAsideRepository {
  /** How many messages of these numbers are set aside, by reason. */
  async counts(ctx: TxContext, accountIds: readonly Uuid[]): Promise<Map<Uuid, Record<string, number>>> {
    const rows = await sql<{ accountId: Uuid; reason: SetAsideReason; count: number }>(
      ctx,
      `select m.account_id as "accountId", m.reason, count(*)::int as count from messaging.message m
        where m.organization_id = $1 and m.account_id = any($2) and ${IS_SET_ASIDE}
        group by m.account_id, m.reason order by m.account_id, m.reason`,
      [ctx.organizationId, accountIds],
    );
    const counts = new Map<Uuid, Record<string, number>>();
    for (const { accountId, reason, count } of rows)
      counts.set(accountId, { ...counts.get(accountId), [reason]: count });
    return counts;
  }

  /** The numbers of which no message is set aside. */
  async without(ctx: TxContext): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select a.id from messaging.account a
        where a.organization_id = $1
          and not exists (select from messaging.message m
                           where m.organization_id = $1 and m.account_id = a.id and ${IS_SET_ASIDE})
        order by a.id`,
      [ctx.organizationId],
    );
    return rows.map(({ id }) => id);
  }
}
