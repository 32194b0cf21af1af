import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { stillAnswering } from '../conversations.errors.js';
import { EntriesRepository } from '../infrastructure/entries.repository.js';
import { Held } from './held.js';
import { Threads } from './threads.js';

/** A person ends a conversation. */
@Injectable()
export class End {
  constructor(
    private readonly transactions: Transactions,
    private readonly held: Held,
    private readonly threads: Threads,
    private readonly entries: EntriesRepository,
    private readonly audit: AuditFacade,
  ) {}

  /** Ending it again changes nothing. Throws not-found and conversation.answering (retryable). */
  run(ctx: Context, id: Uuid): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const { patientId } = await this.held.get(tx, id);
      if (await this.entries.anyDue(tx, id)) throw stillAnswering();
      if (!(await this.threads.close(tx, id, 'staff'))) return;
      await this.threads.taken(tx, id, 'conversation-closed');
      await this.audit.record(tx, {
        type: 'conversation.closed',
        action: 'U',
        entity: { kind: 'conversation', id },
        ...(patientId && { patientId }),
      });
    });
  }
}
