import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { idsOf, PrivacyFacade } from '../../../foundation/privacy/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { fenceKey, type FenceKey } from '../../../platform/database/fence.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ErasedVisits } from '../infrastructure/erased-visits.repository.js';

/** When and where a patient was to come. */
@Injectable()
export class SchedulingHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly visits: ErasedVisits,
    private readonly messaging: MessagingFacade,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'scheduling',
      fences: (ctx, subjects) => this.fences(ctx, idsOf(subjects, 'patient')),
      stop: (ctx, subjects) => this.stop(ctx, idsOf(subjects, 'patient')),
      erase: async (ctx, subjects) => ({ counts: await this.visits.remove(ctx, idsOf(subjects, 'patient')) }),
    });
  }

  private async fences(ctx: TxContext, patientIds: readonly Uuid[]): Promise<FenceKey[]> {
    const ids = await this.visits.lock(ctx, patientIds);
    return ids.map((id) => fenceKey(ctx.organizationId, 'visit', id));
  }

  private async stop(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    const ids = await this.visits.lock(ctx, patientIds);
    if (ids.length === 0) return;
    await this.messaging.withdraw(
      ctx,
      ids.map((visitId) => ({ visitId, reason: 'erased' })),
    );
    await this.visits.stop(ctx, ids);
  }
}
