import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { idsOf, PrivacyFacade, type Erased, type ErasureSubject } from '../../../foundation/privacy/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import { fenceKey, type FenceKey } from '../../../platform/database/fence.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ErasedConsents } from '../infrastructure/erased-consents.repository.js';
import { ConsentRepository } from '../infrastructure/consent.repository.js';
import { ConsentHistory } from './history.js';

/** What was agreed to ends with the patient. That it was, and that it ended, stays without what shows it. */
@Injectable()
export class ConsentHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly consents: ConsentRepository,
    private readonly erased: ErasedConsents,
    private readonly history: ConsentHistory,
    private readonly audit: AuditFacade,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'consent',
      fences: (ctx, subjects) => this.fences(ctx, idsOf(subjects, 'patient')),
      stop: (ctx, subjects) => this.stop(ctx, idsOf(subjects, 'patient')),
      erase: (ctx, subjects) => this.erase(ctx, subjects),
    });
  }

  private async fences(ctx: TxContext, patientIds: readonly Uuid[]): Promise<FenceKey[]> {
    const all = await this.consents.ofPatients(ctx, patientIds);
    return all.map(({ addressId }) => fenceKey(ctx.organizationId, 'address', addressId));
  }

  /** Nobody is told: a confirmation would be one more message to somebody who wants to be forgotten. */
  private async stop(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    const ended = await this.erased.end(ctx, patientIds, await nowIn(ctx));
    await this.history.add(ctx, ended, {});
    for (const patientId of new Set(ended.map((one) => one.patientId))) {
      await this.audit.record(ctx, {
        type: 'consent.withdrawn',
        action: 'U',
        entity: { kind: 'patient', id: patientId },
        patientId,
        detail: { method: 'erasure', consents: ended.filter((one) => one.patientId === patientId).length },
      });
    }
  }

  private async erase(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<Erased> {
    const versions = await this.erased.emptyHistory(ctx, idsOf(subjects, 'patient'));
    const withdrawals = await this.erased.emptyWithdrawals(ctx, {
      patientIds: idsOf(subjects, 'patient'),
      contactIds: idsOf(subjects, 'contact'),
    });
    return { counts: { versions, withdrawals } };
  }
}
