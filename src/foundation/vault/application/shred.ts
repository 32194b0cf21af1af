import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Events } from '../../../platform/jobs/events.js';
import { AuditFacade } from '../../audit/index.js';
import { subjectKeyOf, type KeySubject, type SubjectKey } from '../domain/key-subject.js';
import { KeyDestroyed } from '../events.js';
import { DataKeyRepository } from '../infrastructure/data-key.repository.js';
import { DataKeyCache } from './data-key-cache.js';
import { nameOf } from './keys.js';

/** Erasure: without its key, what was sealed for a subject is noise, also where its bytes live on. */
@Injectable()
export class Shred {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: DataKeyRepository,
    private readonly cache: DataKeyCache,
    private readonly events: Events,
    private readonly audit: AuditFacade,
  ) {}

  shred(ctx: Context, subject: KeySubject): Promise<void> {
    const key = subjectKeyOf(ctx.organizationId, subject);
    return this.transactions.run(ctx, async (tx) => {
      if (!(await this.repository.destroy(tx, key))) return;
      this.forget(tx, key);
      await this.audit.record(tx, {
        type: 'vault.key-destroyed',
        action: 'D',
        entity: { kind: `${key.kind}-key`, id: key.id },
        ...(key.kind === 'patient' ? { patientId: key.id } : {}),
      });
      await this.events.publish(tx, KeyDestroyed, [key.id]);
    });
  }

  /** Now for this transaction's own reads, and again once it has committed for what others read meanwhile. */
  private forget(tx: TxContext, key: SubjectKey): void {
    const name = nameOf(tx.organizationId, key);
    this.cache.drop(name);
    afterCommit(tx, () => this.cache.drop(name));
  }
}
