import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { AuditEvent } from '../domain/audit-event.js';
import { eventOf } from '../domain/event-body.js';
import { EventRepository, type EventFilter } from '../infrastructure/event.repository.js';
import { Recorder } from './record.js';

/** `since` is included, `until` is not; `before` is the last event of the page before. */
export type AuditQuery = EventFilter;

/** Reads the log, and leaves an event of having read it. */
@Injectable()
export class Searcher {
  constructor(
    private readonly transactions: Transactions,
    private readonly events: EventRepository,
    private readonly recorder: Recorder,
  ) {}

  search(ctx: Context, query: AuditQuery): Promise<AuditEvent[]> {
    return this.transactions.run(ctx, async (tx) => {
      const bodies = await this.events.bodies(tx, query);
      await this.recorder.record(tx, {
        type: 'audit.searched',
        action: 'E',
        ...(query.patientId ? { patientId: query.patientId } : {}),
        detail: { found: bodies.length },
      });
      return bodies.map(eventOf);
    });
  }
}
