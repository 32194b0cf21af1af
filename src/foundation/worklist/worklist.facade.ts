import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import { Events } from '../../platform/jobs/events.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { AuditFacade } from '../audit/index.js';
import type { NewWorkItem, WorkItem } from './domain/work-item.js';
import { WorkItemRaised, WorkItemResolved } from './events.js';
import type { WorkItemEntity } from './infrastructure/work-item.entity.js';
import { WorklistRepository } from './infrastructure/worklist.repository.js';

/** What waits for a person: nothing that the product cannot do itself is dropped in silence. */
@Injectable()
export class WorklistFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: WorklistRepository,
    private readonly events: Events,
    private readonly audit: AuditFacade,
  ) {}

  /** Raises an item, or returns the open one with the same key, its detail brought up to date. Publishes WorkItemRaised for a new one. */
  raise(ctx: Context, item: NewWorkItem): Promise<Uuid> {
    return this.transactions.run(ctx, async (tx) => {
      const { id, raised } = await this.repository.raise(tx, item);
      if (raised) await this.events.publish(tx, WorkItemRaised, [id]);
      return id;
    });
  }

  /** Items as they stand, open or resolved. */
  getMany(ctx: Context, ids: readonly Uuid[]): Promise<WorkItem[]> {
    return this.transactions.run(ctx, async (tx) => {
      const items: WorkItem[] = [];
      for (const id of ids) {
        const item = await this.repository.get(tx, id);
        if (item) items.push(shown(item));
      }
      return items;
    });
  }

  /** Resolves the open item with this key, if there is one. `resolution` is a code. Publishes WorkItemResolved. */
  resolve(ctx: Context, key: string, resolution: string): Promise<boolean> {
    return this.settle(ctx, { key }, resolution);
  }

  /** A person resolves an item that they have read at this version. */
  resolveById(ctx: Context, item: { id: Uuid; version: number }, resolution: string): Promise<boolean> {
    return this.settle(ctx, item, resolution);
  }

  private settle(
    ctx: Context,
    item: { key: string } | { id: Uuid; version: number },
    resolution: string,
  ): Promise<boolean> {
    return this.transactions.run(ctx, async (tx) => {
      const id = await this.repository.resolve(tx, item, resolution);
      if (!id) return false;
      await this.events.publish(tx, WorkItemResolved, [id]);
      await this.audit.record(tx, {
        type: 'work-item.resolved',
        action: 'U',
        entity: { kind: 'work-item', id },
        detail: { resolution },
      });
      return true;
    });
  }
}

function shown({ id, kind, subjectKind, subjectId, state, resolution }: WorkItemEntity): WorkItem {
  return { id, kind, subject: { kind: subjectKind, id: subjectId }, state, resolution };
}
