import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { originOf, readNote } from '../domain/checkpoint.js';
import { TreeCheck, type AuditFault, type LeafRow, type SealEnd } from '../domain/verification.js';
import { TreeRepository, type Extent } from '../infrastructure/tree.repository.js';

/** Rows of one query: memory stays the same however long the log is. */
const BATCH = 5_000;

export interface TreeFindings {
  events: number;
  checkpoints: number;
  faults: AuditFault[];
}

/** Recomputes leaves and roots from the bodies, and holds them against the table's checkpoints. */
@Injectable()
export class VerifyTree {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly transactions: Transactions,
    private readonly tree: TreeRepository,
  ) {}

  async check(ctx: Context, extent: Extent, report: (events: number) => void): Promise<TreeFindings> {
    const faults: AuditFault[] = [];
    const { signed, leaves } = extent;
    if (leaves > signed) faults.push({ kind: 'leaf-unsigned', position: signed });
    if (leaves < signed) faults.push({ kind: 'tail-cut', position: leaves });
    if (signed === 0) return { events: 0, checkpoints: 0, faults };
    const key = await this.keyring.verificationKey(ctx.organizationId);
    const check = new TreeCheck();
    let events = 0;
    let checkpoints = 0;
    for await (const rows of this.batches(ctx, signed)) {
      const upTo = rows.at(-1)!.index + 1;
      const notes = await this.transactions.run(ctx, (tx) => this.tree.checkpoints(tx, check.size, upTo));
      const ends = notes.map((stored) => sealEnd(ctx, stored, key));
      faults.push(...forged(ends));
      check.expect(ends);
      for (const row of rows) check.take(row);
      checkpoints += ends.length;
      report((events += rows.length));
    }
    return { events, checkpoints, faults: [...check.faults, ...faults] };
  }

  private async *batches(ctx: Context, signed: number): AsyncGenerator<LeafRow[]> {
    for (let from = 0; from < signed;) {
      const range = { from, before: signed, limit: BATCH };
      const rows = await this.transactions.run(ctx, (tx) => this.tree.leaves(tx, range));
      if (rows.length === 0) return;
      yield rows;
      from = rows.at(-1)!.index + 1;
    }
  }
}

function sealEnd(ctx: Context, stored: { size: number; note: string }, key: KeyObject): SealEnd {
  const checkpoint = readNote(stored.note, originOf(ctx.organizationId), key);
  return { size: stored.size, root: checkpoint?.size === stored.size ? checkpoint.root : null };
}

function forged(ends: readonly SealEnd[]): AuditFault[] {
  return ends
    .filter(({ root }) => root === null)
    .map(({ size }) => ({ kind: 'checkpoint-forged', position: size }));
}
