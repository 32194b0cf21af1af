import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { whyNobody } from '../domain/guardian.policy.js';
import { ProxiesRepository } from '../infrastructure/proxies.repository.js';

/** Tells staff of a minor for whom nobody can be written to: one work item, until somebody can. */
@Injectable()
export class ProxyItems {
  constructor(
    private readonly proxies: ProxiesRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  /** Why no guardian of this patient can be written to, told to staff; null when one can. */
  async raiseFor(ctx: TxContext, patientId: Uuid): Promise<string | null> {
    const reason = await this.reasonFor(ctx, patientId);
    if (reason === null) return null;
    await this.worklist.raise(ctx, {
      kind: 'patient-guardian',
      reason,
      key: keyOf(patientId),
      subject: { kind: 'patient', id: patientId },
      patientId,
    });
    return reason;
  }

  /** The items of those who have a guardian again. */
  async resolveFor(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    for (const id of patientIds) {
      if ((await this.reasonFor(ctx, id)) === null)
        await this.worklist.resolve(ctx, keyOf(id), 'mended-in-ehr');
    }
  }

  /** The patient speaks for themselves from now on. */
  async endFor(ctx: TxContext, patientId: Uuid): Promise<void> {
    await this.worklist.resolve(ctx, keyOf(patientId), 'of-age');
  }

  private async reasonFor(ctx: TxContext, patientId: Uuid): Promise<string | null> {
    return whyNobody(await this.proxies.of(ctx, [patientId]), await nowIn(ctx));
  }
}

function keyOf(patientId: Uuid): string {
  return `patient-guardian:${patientId}`;
}
