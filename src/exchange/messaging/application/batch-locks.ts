import { Fence, fenceKey, type FenceKey, type Passage } from '../../../platform/database/fence.js';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';

/** The shared locks of one batch: on each message's address, and on its visit where it speaks of one. */
export class BatchLocks {
  private releasing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly passage: Passage,
    private readonly organizationId: Uuid,
    private readonly log: Log,
  ) {}

  static async take(
    fence: Fence,
    log: Log,
    batch: { organizationId: Uuid; rows: MessageEntity[] },
  ): Promise<BatchLocks> {
    const keys = batch.rows.flatMap((row) => keysOf(batch.organizationId, row));
    return new BatchLocks(await fence.pass(keys), batch.organizationId, log);
  }

  /** Whether this message may begin: its locks are held, on a connection that lives. */
  hold(row: MessageEntity): boolean {
    return this.passage.holds(keysOf(this.organizationId, row));
  }

  /** This message is done. One after the other: they share a connection. */
  release(row: MessageEntity): void {
    this.releasing = this.releasing
      .then(() => this.passage.release(keysOf(this.organizationId, row)))
      .catch(
        // With its connection the lock is gone anyway, and no answer may be lost for it.
        (error: unknown) => this.log.warn('whatsapp.lock-connection-lost', {}, error),
      );
  }

  async end(): Promise<void> {
    await this.releasing;
    await this.passage.end();
  }
}

function keysOf(organizationId: Uuid, row: MessageEntity): FenceKey[] {
  const address = fenceKey(organizationId, 'address', row.addressId);
  return row.visitId === null ? [address] : [address, fenceKey(organizationId, 'visit', row.visitId)];
}
