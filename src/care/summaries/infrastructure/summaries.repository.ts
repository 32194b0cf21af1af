import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { SummaryCarrier } from '../../../exchange/fhir/index.js';
import type { DueState, SummaryState } from '../domain/summary.states.js';
import { SummaryEntity } from './summary.entity.js';

export interface SummaryFilter {
  /** Any of these. */
  patientIds?: readonly Uuid[];
  conversationId?: Uuid;
  state?: SummaryState;
  after: CursorKey | null;
  limit: number;
}

export type NewSummary = Pick<SummaryEntity, 'id' | 'conversationId' | 'composedAt' | 'state'> &
  Partial<SummaryEntity>;

/** Ages in seconds, 0 when nothing waits. */
export interface SummariesBacklog {
  due: number;
  oldestSeconds: number;
  givenUp: number;
}

const DUE = `state in ('composed', 'unknown', 'retracting')`;

@Injectable()
export class SummariesRepository {
  get(ctx: TxContext, id: Uuid): Promise<SummaryEntity | null> {
    return managerOf(ctx).findOneBy(SummaryEntity, { organizationId: ctx.organizationId, id });
  }

  lock(ctx: TxContext, id: Uuid): Promise<SummaryEntity | null> {
    return managerOf(ctx).findOne(SummaryEntity, {
      where: { organizationId: ctx.organizationId, id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** The first one, locked, so that two composers of one conversation follow each other. */
  lockOf(ctx: TxContext, conversationId: Uuid): Promise<SummaryEntity | null> {
    return managerOf(ctx).findOne(SummaryEntity, {
      where: { organizationId: ctx.organizationId, conversationId, correctsId: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Whether it was the conversation's first. */
  async add(ctx: TxContext, summary: NewSummary): Promise<boolean> {
    const { raw } = await managerOf(ctx)
      .createQueryBuilder()
      .insert()
      .into(SummaryEntity)
      .values({ organizationId: ctx.organizationId, ...summary })
      .orIgnore()
      .returning(['id'])
      .execute();
    return (raw as unknown[]).length > 0;
  }

  async change(ctx: TxContext, id: Uuid, values: Partial<SummaryEntity>): Promise<void> {
    await managerOf(ctx)
      .createQueryBuilder()
      .update(SummaryEntity)
      .set({ ...values, version: () => 'version + 1' })
      .where('organizationId = :organizationId and id = :id', { organizationId: ctx.organizationId, id })
      .execute();
  }

  /**
   * The conversations whose summary waits for an answer and is due to be looked at again; each is then due once more
   * after the pause.
   */
  async claimWaiting(ctx: TxContext, limit: number, pauseSeconds: number): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with due as (
         select id from summaries.summary
          where organization_id = $1 and state = 'held' and due_at <= platform.now()
          order by due_at limit $2 for update skip locked),
       claimed as (
         update summaries.summary s
            set due_at = platform.now() + make_interval(secs => $3), version = version + 1
           from due where s.organization_id = $1 and s.id = due.id
         returning s.conversation_id as id)
       select id from claimed`,
      [ctx.organizationId, limit, pauseSeconds],
    );
    return rows.map(({ id }) => id);
  }

  /** Newest first. */
  list(ctx: TxContext, filter: SummaryFilter): Promise<SummaryEntity[]> {
    const { patientIds, conversationId, state } = filter;
    const query = managerOf(ctx)
      .createQueryBuilder(SummaryEntity, 'summary')
      .where('summary.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('summary.id', 'DESC')
      .limit(filter.limit);
    if (patientIds) query.andWhere('summary.patientId = any(:patientIds)', { patientIds });
    if (conversationId) query.andWhere('summary.conversationId = :conversationId', { conversationId });
    if (state) query.andWhere('summary.state = :state', { state });
    if (filter.after) query.andWhere('summary.id < :after', { after: filter.after[0] });
    return query.getMany();
  }

  ofPatients(ctx: TxContext, patientIds: readonly Uuid[]): Promise<SummaryEntity[]> {
    return managerOf(ctx).find(SummaryEntity, {
      where: { organizationId: ctx.organizationId, patientId: In([...patientIds]) },
      order: { id: 'DESC' },
    });
  }

  /** What is on its way to the EHR and overdue, and what was refused or given up in the last week. */
  async backlog(ctx: TxContext): Promise<SummariesBacklog> {
    const [row] = await sql<SummariesBacklog>(
      ctx,
      `select count(*) filter (where ${DUE})::int as due,
              coalesce(extract(epoch from platform.now() - min(due_at) filter (where ${DUE})),
                       0)::int as "oldestSeconds",
              count(*) filter (where state in ('refused', 'dead'))::int as "givenUp"
         from summaries.summary
        where organization_id = $1
          and (${DUE} and due_at <= platform.now()
               or state in ('refused', 'dead') and composed_at > platform.now() - interval '7 days')`,
      [ctx.organizationId],
    );
    return row!;
  }
}

/** The attempt that a worker holds. */
export interface Claimed {
  id: Uuid;
  was: DueState;
  attempt: number;
  /** When its lease ends, to the microsecond: no two have the same. A worker that lost its own changes nothing. */
  lease: string;
}

/** Due rows become leases; a lease ends by its worker's hand or by time. */
@Injectable()
export class OutboxRepository {
  /** Writers that died: whether they reached the EHR is not known. */
  async endLeases(ctx: TxContext): Promise<void> {
    await sql(
      ctx,
      `update summaries.summary
          set state = case when retract_reason is null then 'unknown' else 'retracting' end, due_at = platform.now(), lease_until = null, version = version + 1
        where organization_id = $1 and state = 'writing' and lease_until < clock_timestamp()`,
      [ctx.organizationId],
    );
  }

  claim(ctx: TxContext, limit: number, leaseSeconds: number): Promise<Claimed[]> {
    return sql<Claimed>(
      ctx,
      `with due as (
         select id, state from summaries.summary
          where organization_id = $1 and ${DUE} and due_at <= platform.now()
          order by due_at limit $2 for update skip locked),
       claimed as (
         update summaries.summary s
            set state = 'writing', attempts = attempts + 1, version = version + 1,
                lease_until = clock_timestamp() + make_interval(secs => $3)
           from due where s.organization_id = $1 and s.id = due.id
         returning s.id, due.state as was, s.attempts as attempt, s.lease_until::text as lease)
       select * from claimed`,
      [ctx.organizationId, limit, leaseSeconds],
    );
  }

  /** Ends the attempt. False when its lease was lost meanwhile. */
  async settle(ctx: TxContext, claimed: Claimed, values: Partial<SummaryEntity>): Promise<boolean> {
    const { affected } = await managerOf(ctx)
      .createQueryBuilder()
      .update(SummaryEntity)
      .set({ ...values, leaseUntil: null, version: () => 'version + 1' })
      .where(`organizationId = :organizationId and id = :id and state = 'writing' and leaseUntil = :lease`, {
        organizationId: ctx.organizationId,
        id: claimed.id,
        lease: claimed.lease,
      })
      .execute();
    return affected === 1;
  }

  /** Notes, before it goes out, where to and how. False when the lease was lost meanwhile: then it may not go. */
  async sends(
    ctx: TxContext,
    { id, lease }: Pick<Claimed, 'id' | 'lease'>,
    { connectionId, carrier }: { connectionId: Uuid; carrier: SummaryCarrier },
  ): Promise<boolean> {
    const rows = await sql(
      ctx,
      `with noted as (
         update summaries.summary set connection_id = $4, carrier = $5
          where organization_id = $1 and id = $2 and state = 'writing' and lease_until = $3::timestamptz returning id)
       select id from noted`,
      [ctx.organizationId, id, lease, connectionId, carrier],
    );
    return rows.length > 0;
  }

  async postpone(ctx: TxContext, id: Uuid, seconds: number): Promise<void> {
    await sql(
      ctx,
      `update summaries.summary set due_at = platform.now() + make_interval(secs => $3)
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, seconds],
    );
  }
}
