import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { claimedSize, originOf, readNote } from '../domain/checkpoint.js';
import { FAULTS_TOLD, type AuditFault } from '../domain/verification.js';
import { CheckpointFile } from '../infrastructure/checkpoint-file.js';
import { TreeRepository } from '../infrastructure/tree.repository.js';

const BATCH = 1_000;

/**
 * Holds the table's checkpoints against those that were published beside the database: who cuts the log's tail, or
 * signs another past with a stolen key, is told by them alone.
 */
@Injectable()
export class VerifyPublished {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
    private readonly file: CheckpointFile,
  ) {}

  async check(ctx: Context): Promise<AuditFault[]> {
    const faults: AuditFault[] = [];
    let agreed = 0;
    for await (const notes of this.batches(ctx)) {
      const found = await this.compare(ctx, notes, agreed);
      faults.push(...found.faults);
      agreed = found.agreed;
      if (faults.length >= FAULTS_TOLD) break;
    }
    return faults;
  }

  private async *batches(ctx: Context): AsyncGenerator<string[]> {
    let batch: string[] = [];
    for await (const note of this.file.notes(ctx.organizationId, originOf(ctx.organizationId))) {
      batch.push(note);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  private async compare(
    ctx: Context,
    notes: readonly string[],
    agreedBefore: number,
  ): Promise<{ faults: AuditFault[]; agreed: number }> {
    const origin = originOf(ctx.organizationId);
    const key = await this.keyring.verificationKey(ctx.organizationId);
    const sizes = notes.flatMap((note) => claimedSize(note) ?? []);
    const { stored, leaves } = await this.transactions.run(ctx, async (tx) => ({
      stored: new Map((await this.tree.checkpointsAt(tx, sizes)).map(({ size, note }) => [size, note])),
      leaves: (await this.tree.extent(tx)).leaves,
    }));
    const faults: AuditFault[] = [];
    let agreed = agreedBefore;
    for (const note of notes) {
      const published = readNote(note, origin, key);
      const size = published?.size ?? 0;
      if (stored.get(size) === note) agreed = Math.max(agreed, size);
      else faults.push(faultOf({ published: size, stored: stored.has(size), leaves, agreed }));
    }
    return { faults, agreed };
  }
}

function faultOf(facts: { published: number; stored: boolean; leaves: number; agreed: number }): AuditFault {
  // Size 0: no signature of ours. The sealer never signs an empty tree.
  if (facts.published === 0) return { kind: 'checkpoint-forged' };
  if (facts.published > facts.leaves) return { kind: 'tail-cut', position: facts.leaves };
  if (!facts.stored) return { kind: 'checkpoint-missing', position: facts.published };
  return { kind: 'root-mismatch', position: facts.agreed };
}
