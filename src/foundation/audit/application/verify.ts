import { Inject, Injectable } from '@nestjs/common';
import type { KeyObject } from 'node:crypto';
import { INSTALLATION, type Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { originOf, readNote } from '../domain/checkpoint.js';
import { inOrder, TreeCheck, type AuditFault, type AuditVerification } from '../domain/verification.js';
import { AuditBroken } from '../events.js';
import { EventRepository, type EventPlace } from '../infrastructure/event.repository.js';
import { TreeRepository, type Extent } from '../infrastructure/tree.repository.js';
import { Recorder } from './record.js';
import { VerifyPublished } from './verify-published.js';

/** Rows of one query: memory stays the same however long the log is. */
const BATCH = 5_000;

export interface VerificationProgress {
  organizationId: Uuid;
  /** Sealed events looked at so far. */
  events: number;
}

type OnProgress = (progress: VerificationProgress) => void;

/** Holds the log against what was signed. */
@Injectable()
export class Verifier {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
    private readonly stored: EventRepository,
    private readonly published: VerifyPublished,
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
      results.set(organizationId, await this.verify({ ...ctx, organizationId }, onProgress));
    }
    return results;
  }

  async verify(ctx: Context, onProgress?: OnProgress): Promise<AuditVerification> {
    const extent = await this.transactions.run(ctx, (tx) => this.tree.extent(tx));
    const tree = await this.checkTree(ctx, extent, onProgress);
    const faults = inOrder([
      ...tree.faults,
      ...(await this.published.check(ctx)),
      ...(await this.findUnlisted(ctx)),
    ]);
    const { unsealed } = extent;
    const result = { ok: faults.length === 0, events: tree.events, checkpoints: tree.checkpoints, unsealed, faults };
    await this.tell(ctx, result);
    return result;
  }
}
