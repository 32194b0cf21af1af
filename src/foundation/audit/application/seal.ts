import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import {
  INSTALLATION,
  systemContext,
  type Context,
  type TxContext,
} from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Metrics } from '../../../platform/health/metrics.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { Log } from '../../../platform/logging/log.js';
import { auditBroken } from '../domain/audit.errors.js';
import { checkpointText, originOf, readNote, signedNote } from '../domain/checkpoint.js';
import { CompactRange } from '../domain/merkle.js';
import { CheckpointFile } from '../infrastructure/checkpoint-file.js';
import { TreeRepository, type StoredCheckpoint } from '../infrastructure/tree.repository.js';

export const SEAL_EVERY_MS = 1_000;
/** One transaction stays well under a second. */
const BATCH = 5_000;

/**
 * Puts committed events into the organization's Merkle tree (RFC 6962) and signs its new root. After the commit, so that
 * no request waits for another's (a chain in the transaction costs 7 to 14 times the throughput, measured).
 */
@Injectable()
export class Sealer {
  private readonly sealed: Counter;
  private installationDueAt = 0;

  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
    private readonly file: CheckpointFile,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.sealed = metrics.counter('audit_sealed', 'Audit events put into the tree.');
  }

  /** The loop's claim. Organizations' turns carry the installation's own log along, at most once per tick. */
  async claim(ctx: Context): Promise<number> {
    const count = await this.seal(ctx);
    if (performance.now() < this.installationDueAt) return count;
    this.installationDueAt = performance.now() + SEAL_EVERY_MS;
    return count + (await this.seal(systemContext(INSTALLATION, ctx.actor.id)));
  }

  /** Seals up to 5,000 events. Returns how many; 0 also when another process is at it. */
  async seal(ctx: Context): Promise<number> {
    const made = await this.transactions.run(ctx, (tx) => this.extend(tx));
    if (!made) return 0;
    this.sealed.inc(made.count);
    // Only what has committed may be published: a checkpoint that was rolled back would accuse the log for ever.
    await this.file.append(ctx.organizationId, made.note).catch((error: unknown) => {
      this.log.error('audit.checkpoint-not-published', { organization_id: ctx.organizationId }, error);
    });
    return made.count;
  }

  private async extend(ctx: TxContext): Promise<{ count: number; note: string } | null> {
    if (!(await this.tree.lock(ctx))) return null;
    const waiting = await this.tree.takeWaiting(ctx, BATCH);
    if (waiting.length === 0) return null;
    const range = await this.rangeOf(ctx, await this.tree.lastCheckpoint(ctx));
    await this.tree.insertLeaves(ctx, range.size, waiting);
    for (const { leaf } of waiting) range.add(leaf);
    const note = await this.signed(ctx, range);
    await this.tree.insertCheckpoint(ctx, { size: range.size, frontier: range.frontier, note });
    return { count: waiting.length, note };
  }

  /** Goes on only from what was signed: never puts a good signature above a changed past. */
  private async rangeOf(ctx: TxContext, last: StoredCheckpoint | null): Promise<CompactRange> {
    if (!last) {
      await this.keyring.establish(ctx.organizationId);
      return CompactRange.empty();
    }
    const key = await this.keyring.verificationKey(ctx.organizationId);
    const checkpoint = readNote(last.note, originOf(ctx.organizationId), key);
    const range = CompactRange.from(last.size, last.frontier);
    if (!checkpoint || !range || checkpoint.size !== last.size || !checkpoint.root.equals(range.root())) {
      throw auditBroken();
    }
    return range;
  }

  private async signed(ctx: TxContext, range: CompactRange): Promise<string> {
    const { organizationId } = ctx;
    const checkpoint = { origin: originOf(organizationId), size: range.size, root: range.root() };
    const signature = await this.keyring.sign(organizationId, Buffer.from(checkpointText(checkpoint)));
    return signedNote(checkpoint, signature, await this.keyring.verificationKey(organizationId));
  }
}
