import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';

/** What the channel has not finished. Ages in seconds, 0 when nothing waits. */
export interface MessagingBacklog {
  inbox: { waiting: number; oldestSeconds: number; parked: number };
  ledger: { due: number; oldestSeconds: number; unknown: number; parked: number };
}

/** Webhooks that wait until somebody has their number, and those that failed until a person looks. */
export interface ParkedWebhooksCount {
  unknownNumber: number;
  notWorked: number;
}

/** A message that was parked earlier has been seen by somebody, or has lost its meaning. */
const PARKED_WITHIN = '7 days';

@Injectable()
export class BacklogRepository {
  async read(ctx: TxContext): Promise<MessagingBacklog> {
    const [inbox] = await sql<MessagingBacklog['inbox']>(
      ctx,
      `select count(*) filter (where state = 'waiting')::int as waiting,
              coalesce(extract(epoch from clock_timestamp() - min(received_at) filter (where state = 'waiting')), 0)::int
                as "oldestSeconds",
              count(*) filter (where state = 'parked')::int as parked
         from messaging.inbox where organization_id = $1 and state in ('waiting', 'parked')`,
      [ctx.organizationId],
    );
    const [ledger] = await sql<MessagingBacklog['ledger']>(
      ctx,
      `select count(*) filter (where state = 'ready')::int as due,
              coalesce(extract(epoch from platform.now() - min(due_at) filter (where state = 'ready')), 0)::int
                as "oldestSeconds",
              count(*) filter (where state = 'unknown')::int as unknown,
              count(*) filter (where state = 'parked')::int as parked
         from messaging.message
        where organization_id = $1
          and (state = 'ready' and due_at <= platform.now() or state = 'unknown'
               or state = 'parked' and created_at > platform.now() - interval '${PARKED_WITHIN}')`,
      [ctx.organizationId],
    );
    return { inbox: inbox!, ledger: ledger! };
  }

  async parkedWebhooks(ctx: TxContext): Promise<ParkedWebhooksCount> {
    const [count] = await sql<ParkedWebhooksCount>(
      ctx,
      `select count(number_id)::int as "unknownNumber", (count(*) - count(number_id))::int as "notWorked"
         from messaging.inbox where organization_id = $1 and state = 'parked'`,
      [ctx.organizationId],
    );
    return count!;
  }
}
