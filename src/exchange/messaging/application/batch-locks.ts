import { Fence, fenceKey, type FenceKey, type Passage } from '../../../platform/database/fence.js';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { GroupWriter } from '../../../platform/database/group-writer.js';
import type { OutboxRow } from '../infrastructure/outbox.repository.js';

/** The shared locks of one batch: on each message's address, and on its visit where it speaks of one. */
export class BatchLocks {
  /** One statement for all that ended meanwhile: they share a connection. */
  private readonly leaving = new GroupWriter<OutboxRow>((rows) => this.leave(rows));
  private releasing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly passage: Passage,
    private readonly keys: ReadonlyMap<Uuid, FenceKey[]>,
    private readonly log: Log,
  ) {}

  static async take(
    fence: Fence,
    log: Log,
    batch: { organizationId: Uuid; rows: OutboxRow[] },
  ): Promise<BatchLocks> {
    // Hashed once: each message asks for its own three times.
    const keys = new Map(batch.rows.map((row) => [row.id, keysOf(batch.organizationId, row)]));
    return new BatchLocks(await fence.pass([...keys.values()].flat()), keys, log);
  }

  /** Whether this message may begin: its locks are held, on a connection that lives. */
  hold(row: OutboxRow): boolean {
    return this.passage.holds(this.keys.get(row.id)!);
  }

  /** This message is done. */
  release(row: OutboxRow): void {
    this.releasing = this.leaving.add(row);
  }

  async end(): Promise<void> {
    await this.releasing;
    await this.passage.end();
  }

  private async leave(rows: readonly OutboxRow[]): Promise<void> {
    try {
      await this.passage.release(rows.flatMap((row) => this.keys.get(row.id)!));
    } catch (error) {
      // With its connection the lock is gone anyway, and no answer may be lost for it.
      this.log.warn('whatsapp.lock-connection-lost', {}, error);
    }
  }
}

function keysOf(organizationId: Uuid, row: OutboxRow): FenceKey[] {
  const address = fenceKey(organizationId, 'address', row.addressId);
  return row.visitId === null ? [address] : [address, fenceKey(organizationId, 'visit', row.visitId)];
}
