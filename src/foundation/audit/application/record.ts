import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { AuditEntry } from '../domain/audit-event.js';
import { storedEvent } from '../domain/event-body.js';
import { EventRepository } from '../infrastructure/event.repository.js';

/** Keeps an entry. */
@Injectable()
export class Recorder {
  constructor(
    private readonly transactions: Transactions,
    private readonly events: EventRepository,
  ) {}

  record(ctx: Context, entry: AuditEntry): Promise<Uuid> {
    return this.transactions.run(ctx, async (tx) => {
      const recordedAt = await this.events.now(tx);
      const id = newId(recordedAt.getTime());
      await this.events.insert(tx, [storedEvent(tx, entry, { id, recordedAt })]);
      return id;
    });
  }

  async recordAll(ctx: Context, entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const recordedAt = await this.events.now(tx);
      const ids = entries.map(() => newId(recordedAt.getTime())).sort();
      await this.events.insert(
        tx,
        entries.map((entry, index) => storedEvent(tx, entry, { id: ids[index]!, recordedAt })),
      );
    });
  }
}
