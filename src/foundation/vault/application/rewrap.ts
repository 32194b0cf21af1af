import { Inject, Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { AuditFacade } from '../../audit/index.js';
import { wrapAad } from '../domain/data-key.js';
import {
  EpochsRepository,
  type DataKeyPosition,
  type WrappedDataKey,
} from '../infrastructure/epochs.repository.js';
import { Epochs } from './epochs.js';
import { KeyringRegistration } from './keyring-registration.js';
import { OpenFailures } from './open-failures.js';
import { Unwrapping } from './unwrapping.js';

/** A transaction of a tenth of a second: an erasure that waits for one of its rows does not notice. */
const BATCH = 2_000;

export interface Rewrapped {
  /** The epoch that wraps them now. */
  epoch: number;
  rewrapped: number;
  /** Keys whose old epoch is missing, or whose rows were changed: they stay as they are. */
  failed: number;
}

export type RewrapProgress = (done: number, of: number) => void;

interface Batch extends Rewrapped {
  last: DataKeyPosition | null;
}

/**
 * Wraps data keys of older epochs under the current one. Nothing that they sealed is touched. Each batch commits by
 * itself: whoever is killed in between begins again and finds the rest, and both epochs open meanwhile.
 */
@Injectable()
export class Rewrap {
  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly registration: KeyringRegistration,
    private readonly transactions: Transactions,
    private readonly epochs: Epochs,
    private readonly unwrapping: Unwrapping,
    private readonly repository: EpochsRepository,
    private readonly failures: OpenFailures,
    private readonly audit: AuditFacade,
  ) {}

  async rewrap(ctx: Context, onProgress: RewrapProgress = () => undefined): Promise<Rewrapped> {
    await this.registration.assure(ctx);
    const of = await this.transactions.run(ctx, (tx) => this.begin(tx));
    const total: Rewrapped = { epoch: 0, rewrapped: 0, failed: 0 };
    let batch: Batch = { ...total, last: null };
    do {
      const after = batch.last;
      batch = await this.transactions.run(ctx, (tx) => this.work(tx, after));
      total.epoch = batch.epoch;
      total.rewrapped += batch.rewrapped;
      total.failed += batch.failed;
      onProgress(total.rewrapped + total.failed, of);
    } while (batch.last);
    return total;
  }

  /** Waits for those that still wrap under an older epoch, so that one pass sees all of them. */
  private async begin(tx: TxContext): Promise<number> {
    await this.repository.take(tx);
    const current = await this.epochs.hold(tx);
    const wraps = [...(await this.repository.wraps(tx))];
    return wraps.reduce((sum, [epoch, keys]) => (epoch < current ? sum + keys : sum), 0);
  }

  private async work(tx: TxContext, after: DataKeyPosition | null): Promise<Batch> {
    const epoch = await this.epochs.hold(tx);
    const rows = await this.repository.older(tx, epoch, { after, limit: BATCH });
    const renewed: WrappedDataKey[] = [];
    for (const row of rows) {
      const wrapped = await this.renew(tx, row, epoch);
      if (wrapped) renewed.push({ ...row, wrapped });
    }
    if (renewed.length > 0) {
      await this.repository.rewrap(tx, epoch, renewed);
      const detail = { epoch, keys: renewed.length };
      await this.audit.record(tx, { type: 'vault.keys-rewrapped', action: 'U', detail });
    }
    return {
      epoch,
      rewrapped: renewed.length,
      failed: rows.length - renewed.length,
      last: rows.at(-1) ?? null,
    };
  }

  /** Null when the row does not give its key: a forged one is not made good by wrapping it anew. */
  private async renew(tx: TxContext, row: WrappedDataKey, epoch: number): Promise<Buffer | null> {
    const key = await this.unwrapping.unwrap(tx, row).catch(ignoreUnavailable);
    if (!key) {
      this.failures.report(tx, { entity: { kind: `${row.kind}-key`, id: row.id } });
      return null;
    }
    const aad = wrapAad(tx.organizationId, row, row.generation);
    const { bytes } = await this.keyring.wrap(tx.organizationId, key, aad, epoch);
    key.fill(0);
    return bytes;
  }
}

/** One lost epoch does not keep the keys of the others from being wrapped anew. */
function ignoreUnavailable(error: unknown): null {
  if (error instanceof Fault && error.code === 'vault.keyring-unavailable') return null;
  throw error;
}
