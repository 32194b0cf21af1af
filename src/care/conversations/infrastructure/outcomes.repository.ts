import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Outcome } from '../domain/transcript.js';
import { OutcomeEntity } from './outcome.entity.js';

@Injectable()
export class OutcomesRepository {
  /** The same outcome about the same appointment counts once. */
  async add(
    ctx: TxContext,
    conversationId: Uuid,
    outcome: { code: string; appointmentId?: Uuid },
  ): Promise<void> {
    await sql(
      ctx,
      `insert into conversations.outcome (organization_id, conversation_id, code, about_id, at)
       values ($1, $2, $3, $4, platform.now()) on conflict do nothing`,
      [ctx.organizationId, conversationId, outcome.code, outcome.appointmentId ?? conversationId],
    );
  }

  /** In the order of time. */
  async of(ctx: TxContext, conversationId: Uuid): Promise<Outcome[]> {
    const rows = await managerOf(ctx).find(OutcomeEntity, {
      where: { organizationId: ctx.organizationId, conversationId },
      order: { at: 'ASC', code: 'ASC', aboutId: 'ASC' },
    });
    return rows.map(({ code, at, aboutId }) => ({
      code,
      at,
      ...(aboutId !== conversationId && { appointmentId: aboutId }),
    }));
  }
}
