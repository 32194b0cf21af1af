import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Recorder } from './application/record.js';
import { Searcher, type AuditQuery } from './application/search.js';
import { Verifier, type VerificationProgress } from './application/verify.js';
import type { AuditEntry, AuditEvent } from './domain/audit-event.js';
import type { AuditVerification } from './domain/verification.js';
import { TreeRepository } from './infrastructure/tree.repository.js';

/** Who did what: append-only, sealed within seconds into a signed Merkle tree per organization. */
@Injectable()
export class AuditFacade {
  constructor(
    private readonly recorder: Recorder,
    private readonly searcher: Searcher,
    private readonly verifier: Verifier,
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
  ) {}

  /**
   * Keeps an entry, in the caller's transaction when there is one: what is rolled back was never done. A read records
   * before its data leaves, so that it fails when it cannot be recorded. Returns the event's id.
   */
  record(ctx: Context, entry: AuditEntry): Promise<Uuid> {
    return this.recorder.record(ctx, entry);
  }

  /** The same for a batch, in one statement. They share a time; their order is that of the entries. */
  recordAll(ctx: Context, entries: readonly AuditEntry[]): Promise<void> {
    return this.recorder.recordAll(ctx, entries);
  }

  /** Events of the caller's organization, newest first. The search itself leaves an event. */
  search(ctx: Context, query: AuditQuery): Promise<AuditEvent[]> {
    return this.searcher.search(ctx, query);
  }

  /**
   * Recomputes the organization's leaves and tree from the bodies and holds them against every signed checkpoint, of
   * the table and of the file beside it. Faults come in the order of their positions. Publishes AuditBroken when there
   * are any. Throws `vault.keyring-unavailable`.
   */
  verify(ctx: Context): Promise<AuditVerification> {
    return this.verifier.verify(ctx);
  }

  /** `verify` for the installation's own log and for each of these organizations, one after the other. */
  verifyAll(
    ctx: Context,
    organizationIds: readonly Uuid[],
    onProgress?: (progress: VerificationProgress) => void,
  ): Promise<Map<Uuid, AuditVerification>> {
    return this.verifier.verifyAll(ctx, organizationIds, onProgress);
  }

  /** Events of the caller's organization that are not sealed yet, and for how many seconds the oldest has waited. */
  backlog(ctx: Context): Promise<{ events: number; oldestSeconds: number }> {
    return this.transactions.run(ctx, (tx) => this.tree.backlog(tx));
  }
}
