import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { FAULTS_TOLD, type AuditFault } from '../domain/verification.js';
import { EventRepository, type EventPlace } from '../infrastructure/event.repository.js';

const BATCH = 5_000;

type Listed = EventPlace & { listed: boolean };

/** Looks for events that neither stand in the tree nor wait for it: such were slipped in, or kept from being sealed. */
@Injectable()
export class VerifyListing {
  constructor(
    private readonly transactions: Transactions,
    private readonly events: EventRepository,
  ) {}

  async check(ctx: Context): Promise<AuditFault[]> {
    const faults: AuditFault[] = [];
    let after: EventPlace | null = null;
    do {
      const rows: Listed[] = await this.next(ctx, after);
      for (const { listed } of rows) if (!listed) faults.push({ kind: 'event-unlisted' });
      after = rows.at(-1) ?? null;
    } while (after && faults.length < FAULTS_TOLD);
    return faults;
  }

  private next(ctx: Context, after: EventPlace | null): Promise<Listed[]> {
    return this.transactions.run(ctx, (tx) => this.events.listed(tx, after, BATCH));
  }
}
