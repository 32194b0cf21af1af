import { Injectable } from '@nestjs/common';
import { detached, INSTALLATION, type Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { inOrder, type AuditVerification } from '../domain/verification.js';
import { AuditBroken } from '../events.js';
import { TreeRepository } from '../infrastructure/tree.repository.js';
import { Recorder } from './record.js';
import { VerifyListing } from './verify-listing.js';
import { VerifyPublished } from './verify-published.js';
import { VerifyTree } from './verify-tree.js';

export interface VerificationProgress {
  organizationId: Uuid;
  /** Sealed events looked at so far. */
  events: number;
}

type OnProgress = (progress: VerificationProgress) => void;

/** Holds the log against what was signed, and leaves an event of having done so. */
@Injectable()
export class Verifier {
  constructor(
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
    private readonly verifyTree: VerifyTree,
    private readonly verifyPublished: VerifyPublished,
    private readonly verifyListing: VerifyListing,
    private readonly recorder: Recorder,
    private readonly events: Events,
  ) {}

  async verifyAll(
    ctx: Context,
    organizationIds: readonly Uuid[],
    onProgress?: OnProgress,
  ): Promise<Map<Uuid, AuditVerification>> {
    const results = new Map<Uuid, AuditVerification>();
    for (const organizationId of new Set([INSTALLATION, ...organizationIds])) {
      results.set(organizationId, await this.verify({ ...detached(ctx), organizationId }, onProgress));
    }
    return results;
  }

  async verify(ctx: Context, onProgress?: OnProgress): Promise<AuditVerification> {
    const extent = await this.transactions.run(ctx, (tx) => this.tree.extent(tx));
    const report = (events: number) => onProgress?.({ organizationId: ctx.organizationId, events });
    const { events, checkpoints, faults } = await this.verifyTree.check(ctx, extent, report);
    const elsewhere = [...(await this.verifyPublished.check(ctx)), ...(await this.verifyListing.check(ctx))];
    const all = inOrder([...faults, ...elsewhere]);
    const result = { ok: all.length === 0, events, checkpoints, unsealed: extent.unsealed, faults: all };
    await this.tell(ctx, result);
    return result;
  }

  private tell(ctx: Context, { ok, events, faults }: AuditVerification): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.recorder.record(tx, {
        type: 'audit.verified',
        action: 'E',
        outcome: ok ? 'success' : 'serious-failure',
        detail: { events, faults: faults.length },
      });
      if (!ok) await this.events.publish(tx, AuditBroken, [tx.organizationId]);
    });
  }
}
