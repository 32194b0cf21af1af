import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { emptied } from '../domain/content.js';
import type { MessageState } from '../domain/message.states.js';
import { LedgerRepository } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { legible, placeOf, subjectOf, type SentContent } from './sealing.js';

/** A sender may be reading it. */
const AHEAD: readonly MessageState[] = ['ready', 'claimed', 'sending'];

/** Takes the words out of messages, and leaves that they were and what became of them. */
@Injectable()
export class EmptyTexts {
  constructor(
    private readonly transactions: Transactions,
    private readonly ledger: LedgerRepository,
    private readonly vault: VaultFacade,
  ) {}

  run(ctx: Context, messageIds: readonly Uuid[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.ledger.lock(tx, messageIds);
      const ended = rows.filter(({ state }) => !AHEAD.includes(state));
      if (ended.length > 0) await this.empty(tx, ended);
    });
  }

  private async empty(tx: TxContext, rows: readonly MessageEntity[]): Promise<void> {
    const keys = await this.vault.keysFor(tx, rows.map(subjectOf));
    const resealed = legible(rows, (row) => {
      const place = placeOf('message', 'content_sealed', row.id);
      const { content } = JSON.parse(keys.openText(subjectOf(row), place, row.contentSealed)) as SentContent;
      const after: SentContent = { content: emptied(content), text: '' };
      return { id: row.id, contentSealed: keys.seal(subjectOf(row), place, JSON.stringify(after)) };
    });
    await this.ledger.reseal(tx, resealed);
  }
}
