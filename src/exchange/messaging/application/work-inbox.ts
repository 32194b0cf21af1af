import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { inSavepoint, Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import { Log } from '../../../platform/logging/log.js';
import { unworkedKey } from '../domain/arrival.js';
import { decodeChange, type Decoded } from '../domain/decode.js';
import { InboxRepository, type InboxRow } from '../infrastructure/inbox.repository.js';
import { Channels } from './channels.js';
import { MessagingMetrics } from './metrics.js';
import { ORGANIZATION, placeOf } from './sealing.js';
import { TakeMessages } from './take-messages.js';
import { TakeStatuses } from './take-statuses.js';

/** Rows of one transaction, and the bytes of them: a webhook may have 3 MB. */
const BATCH = { rows: 500, bytes: 8 * 1024 * 1024 };
/** A row that failed this often is shown to a person and stops being tried. */
const MAX_TRIES = 8;
const BASE_SECONDS = 2;

interface Read {
  row: InboxRow;
  decoded: Decoded;
}

/** The loop `messaging.inbox`: what webhooks left behind, in order of arrival. */
@Injectable()
export class WorkInbox {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: InboxRepository,
    private readonly messages: TakeMessages,
    private readonly statuses: TakeStatuses,
    private readonly channels: Channels,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly metrics: MessagingMetrics,
    private readonly log: Log,
  ) {}

  /** One batch at once; if anything in it fails, the same rows one by one, so that one bad row stops no other. */
  async claim(ctx: Context): Promise<number> {
    const together = await this.together(ctx).catch((error: unknown) => {
      this.log.warn('whatsapp.inbox-batch-failed', { organization_id: ctx.organizationId }, error);
      return null;
    });
    const worked = together ?? (await this.oneByOne(ctx));
    if (worked > 0) failpoint('inbox.applied');
    return worked;
  }

  private together(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.inbox.claim(tx, BATCH);
      // What waits for something else is looked at when the line is short: each look costs a query.
      const early = rows.length < BATCH.rows ? await this.statuses.takeEarly(tx) : 0;
      if (rows.length === 0) return early;
      await this.work(tx, await this.read(tx, rows));
      await this.inbox.finish(tx, rows);
      return rows.length + early;
    });
  }

  private oneByOne(ctx: Context): Promise<number> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.inbox.claim(tx, BATCH);
      for (const row of rows) {
        const error = await inSavepoint(tx, async () => {
          await this.work(tx, await this.read(tx, [row]));
          await this.inbox.finish(tx, [row]);
        });
        // What would fail for every row is no fault of this one: nobody's try is spent, and the round comes again.
        if (error instanceof Fault && error.retryable) throw error;
        if (error) await this.putOff(tx, row, error);
      }
      return rows.length;
    });
  }

  private async read(tx: TxContext, rows: readonly InboxRow[]): Promise<Read[]> {
    const keys = await this.vault.keysFor(tx, [ORGANIZATION]);
    return rows.map((row) => {
      const text = keys.openText(ORGANIZATION, placeOf('inbox', 'change_sealed', row.id), row.changeSealed);
      return { row, decoded: decodeChange(JSON.parse(text)) };
    });
  }

  private async work(tx: TxContext, reads: readonly Read[]): Promise<void> {
    await this.messages.take(tx, reads.flatMap(messagesOf));
    await this.statuses.take(
      tx,
      reads.flatMap(({ decoded }) => decoded.statuses),
    );
    if (reads.some(({ decoded }) => decoded.templatesChanged))
      await this.channels.readTemplatesSoon(tx, null);
    for (const { decoded } of reads) this.tellOf(tx, decoded);
  }

  private tellOf(tx: TxContext, decoded: Decoded): void {
    for (const what of decoded.passedOver) this.metrics.passedOver.inc({ what });
    for (const code of decoded.errors) {
      this.log.warn('whatsapp.error-told', { organization_id: tx.organizationId, code: String(code) });
    }
  }

  private async putOff(tx: TxContext, row: InboxRow, error: unknown): Promise<void> {
    const parked = row.tries + 1 >= MAX_TRIES;
    this.log.warn(
      'whatsapp.inbox-row-failed',
      { organization_id: tx.organizationId, id: row.id, attempt: row.tries + 1 },
      error,
    );
    await this.inbox.putOff(tx, row, { seconds: BASE_SECONDS * 2 ** row.tries, parked });
    if (!parked) return;
    await this.worklist.raise(tx, {
      kind: 'webhook-not-worked',
      reason: 'failed-repeatedly',
      key: unworkedKey(row.id),
      subject: { kind: 'whatsapp-webhook', id: row.id },
    });
  }
}

/** Throws Fault `webhook.no-number`: words of a patient are never dropped for want of the number that got them. */
function messagesOf({ row: { accountId }, decoded: { messages } }: Read) {
  if (accountId !== null) return messages.map((message) => ({ accountId, message }));
  if (messages.length === 0) return [];
  throw new Fault({
    code: 'webhook.no-number',
    kind: 'unexpected',
    words: 'A webhook holds messages, and its number is not known. Give its id to your administrator.',
  });
}
