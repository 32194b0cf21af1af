import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { DEFAULT_DUE_HOURS, type NewWorkItem } from '../domain/work-item.js';
import { WorkItemEntity } from './work-item.entity.js';

export interface WorkItemFilter {
  state?: 'open' | 'resolved';
  kind?: string;
  after: CursorKey | null;
  limit: number;
}

@Injectable()
export class WorklistRepository {
  /** The id of the open item with this key, and whether this call made it. */
  async raise(ctx: TxContext, item: NewWorkItem): Promise<{ id: Uuid; raised: boolean }> {
    const made = await sql<{ id: Uuid; raised: boolean }>(
      ctx,
      `insert into worklist.work_item as w
         (organization_id, id, kind, reason, key, subject_kind, subject_id, patient_id, due_at, raised_at, detail)
       values ($1, $2, $3, $4, $5, $6, $7, $8,
               coalesce($9::timestamptz, platform.now() + make_interval(hours => $10)), platform.now(), $11)
       on conflict (organization_id, key) where state = 'open' do update
          set detail = excluded.detail, version = w.version + 1
        where excluded.detail is not null and w.detail is distinct from excluded.detail
       returning id, xmax = 0 as raised`,
      [
        ctx.organizationId,
        newId(),
        item.kind,
        item.reason,
        item.key,
        item.subject.kind,
        item.subject.id,
        item.patientId ?? null,
        item.dueAt ?? null,
        DEFAULT_DUE_HOURS,
        item.detail ? JSON.stringify(item.detail) : null,
      ],
    );
    if (made[0]) return made[0];
    const { organizationId } = ctx;
    const open = await managerOf(ctx).findOneBy(WorkItemEntity, {
      organizationId,
      key: item.key,
      state: 'open',
    });
    // Null: somebody resolved it in between, so now there is room for a new one.
    return open ? { id: open.id, raised: false } : this.raise(ctx, item);
  }

  /** Resolves an open item; null when there is none, or its version is another. */
  async resolve(
    ctx: TxContext,
    item: { key: string } | { id: Uuid; version: number },
    resolution: string,
  ): Promise<Uuid | null> {
    const [column, value] = 'key' in item ? ['key', item.key] : ['id', item.id];
    const [rows] = (await sql(
      ctx,
      `update worklist.work_item
          set state = 'resolved', resolved_at = platform.now(), resolution = $3, owner = $4, version = version + 1
        where organization_id = $1 and ${column} = $2 and state = 'open' and ($5::int is null or version = $5)
        returning id`,
      [ctx.organizationId, value, resolution, ctx.actor.id, 'version' in item ? item.version : null],
    )) as unknown as [{ id: Uuid }[], number];
    return rows[0]?.id ?? null;
  }

  get(ctx: TxContext, id: Uuid): Promise<WorkItemEntity | null> {
    return managerOf(ctx).findOneBy(WorkItemEntity, { organizationId: ctx.organizationId, id });
  }

  /** Soonest due first. */
  list(ctx: TxContext, filter: WorkItemFilter): Promise<WorkItemEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(WorkItemEntity, 'item')
      .where('item.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy({ 'item.dueAt': 'ASC', 'item.id': 'ASC' })
      .limit(filter.limit);
    if (filter.state) query.andWhere('item.state = :state', { state: filter.state });
    if (filter.kind) query.andWhere('item.kind = :kind', { kind: filter.kind });
    if (filter.after) {
      query.andWhere('(item.dueAt, item.id) > (:dueAt, :id)', {
        dueAt: filter.after[0],
        id: filter.after[1],
      });
    }
    return query.getMany();
  }
}
