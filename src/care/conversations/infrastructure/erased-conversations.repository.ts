import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';

interface Whose {
  patientIds: readonly Uuid[];
  contactIds: readonly Uuid[];
}

const THEIRS = `(c.patient_id = any($2::uuid[]) or (c.patient_id is null and c.address_id = any($3::uuid[])))`;

@Injectable()
export class ErasedConversations {
  /** Closes those that are open, locked in the order of all who lock several; nothing in them is answered any more. */
  async end(ctx: TxContext, of: Whose): Promise<Uuid[]> {
    const values = [ctx.organizationId, of.patientIds, of.contactIds];
    const open = await sql<{ id: Uuid }>(
      ctx,
      `select c.id from conversations.conversation c
        where c.organization_id = $1 and c.state = 'open' and ${THEIRS} order by c.id for update`,
      values,
    );
    const ids = open.map(({ id }) => id);
    await sql(
      ctx,
      `update conversations.conversation
          set state = 'closed', close_reason = 'erased', closed_at = platform.now(), waiting_since = null,
              version = version + 1
        where organization_id = $1 and id = any($2::uuid[])`,
      [ctx.organizationId, ids],
    );
    await sql(
      ctx,
      `update conversations.entry set answer_state = 'done', answer_due_at = null
        where organization_id = $1 and conversation_id = any($2::uuid[]) and answer_state = 'due'`,
      [ctx.organizationId, ids],
    );
    return ids;
  }

  /** Notes and outcomes go, whichever key sealed a note. */
  async empty(ctx: TxContext, of: Whose): Promise<{ notes: number; outcomes: number }> {
    const values = [ctx.organizationId, of.patientIds, of.contactIds];
    const [row] = await sql<{ notes: number; outcomes: number }>(
      ctx,
      `with theirs as (
         select c.id from conversations.conversation c where c.organization_id = $1 and ${THEIRS}),
       notes as (
         delete from conversations.note n
          where n.organization_id = $1
            and (n.patient_id = any($2::uuid[]) or n.conversation_id in (select id from theirs)) returning 1),
       outcomes as (
         delete from conversations.outcome o
          where o.organization_id = $1 and o.conversation_id in (select id from theirs) returning 1)
       select (select count(*)::int from notes) as notes, (select count(*)::int from outcomes) as outcomes`,
      values,
    );
    return row!;
  }

  async messagesOf(ctx: TxContext, patientId: Uuid): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select e.message_id as id from conversations.entry e
         join conversations.conversation c on c.organization_id = $1 and c.id = e.conversation_id
        where e.organization_id = $1 and c.patient_id = $2 order by 1`,
      [ctx.organizationId, patientId],
    );
    return rows.map(({ id }) => id);
  }
}
