import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PrivacyFacade } from '../../../foundation/privacy/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Listeners } from '../../../platform/jobs/listeners.js';
import { PatientMerged } from '../events.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';

/** Who was erased is so under every record: also under one of which the EHR says only afterwards that it is theirs. */
@Injectable()
export class EraseMerged implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly erased: ErasedRepository,
    private readonly privacy: PrivacyFacade,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.listeners.on(PatientMerged, 'patients.eraseMerged@1', (ctx, ids) => this.run(ctx, ids));
  }

  private async run(ctx: Context, mergedIds: Uuid[]): Promise<void> {
    const theirs = await this.transactions.run(ctx, (tx) => this.erased.mergedInto(tx, mergedIds));
    for (const patient of theirs) {
      const { id: requestedBy } = ctx.actor;
      await this.privacy.requestErasure(ctx, { patient, reason: 'merged-into-erased', requestedBy });
    }
  }
}
