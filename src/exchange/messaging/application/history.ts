import { Injectable } from '@nestjs/common';
import { VaultFacade, type KeySubject } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Attribution, Exchanged, Fate, Outline, Received, Sent, Stretch } from '../domain/records.js';
import { LedgerRepository } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { ReceivedRepository, type ReceivedRow } from '../infrastructure/received.repository.js';
import { legible, placeOf, subjectOf, type ReceivedContent, type SentContent } from './sealing.js';

/** What was exchanged, opened for who may read it. */
@Injectable()
export class History {
  constructor(
    private readonly transactions: Transactions,
    private readonly receivedRows: ReceivedRepository,
    private readonly ledger: LedgerRepository,
    private readonly vault: VaultFacade,
  ) {}

  received(ctx: Context, ids: readonly Uuid[]): Promise<Received[]> {
    return this.transactions.run(ctx, async (tx) =>
      this.openReceived(tx, await this.receivedRows.find(tx, ids)),
    );
  }

  fates(ctx: Context, ids: readonly Uuid[]): Promise<Fate[]> {
    return this.transactions.run(ctx, (tx) => this.ledger.fates(tx, ids));
  }

  outlines(ctx: Context, ids: readonly Uuid[]): Promise<Outline[]> {
    return this.transactions.run(ctx, (tx) => this.ledger.outlines(tx, ids));
  }

  outlinesIn(ctx: Context, stretches: readonly Stretch[]): Promise<Outline[]> {
    return this.transactions.run(ctx, (tx) => this.ledger.outlinesIn(tx, stretches));
  }

  sent(ctx: Context, ids: readonly Uuid[]): Promise<Sent[]> {
    return this.transactions.run(ctx, async (tx) => this.openSent(tx, await this.ledger.find(tx, ids)));
  }

  between(ctx: Context, addressId: Uuid, span: { from: Date; to: Date }): Promise<Exchanged[]> {
    return this.transactions.run(ctx, async (tx) => {
      const received = await this.openReceived(tx, await this.receivedRows.between(tx, addressId, span));
      const sent = await this.openSent(tx, await this.ledger.between(tx, addressId, span));
      const exchanged: Exchanged[] = [
        ...received.map((one) => ({ direction: 'inbound' as const, ...one })),
        ...sent.map((one) => ({ direction: 'outbound' as const, ...one })),
      ];
      return exchanged.sort((one, other) => timeOf(one) - timeOf(other));
    });
  }

  attribute(ctx: Context, attributions: readonly Attribution[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.receivedRows.lockForeign(tx, attributions);
      if (rows.length === 0) return;
      const keys = await this.vault.keysFor(
        tx,
        rows.flatMap((row) => [subjectOf(row), patientSubject(row.provedId)]),
      );
      const resealed = rows.map((row) => {
        const { id, provedId } = row;
        const place = placeOf('received', 'content_sealed', id);
        const plain = keys.open(subjectOf(row), place, row.contentSealed);
        return { id, patientId: provedId, contentSealed: keys.seal(patientSubject(provedId), place, plain) };
      });
      await this.receivedRows.reseal(tx, resealed);
    });
  }

  private async openReceived(tx: TxContext, rows: readonly ReceivedRow[]): Promise<Received[]> {
    const keys = await this.vault.keysFor(tx, rows.map(subjectOf));
    return legible(rows, (row) => {
      const place = placeOf('received', 'content_sealed', row.id);
      const plain = JSON.parse(keys.openText(subjectOf(row), place, row.contentSealed)) as ReceivedContent;
      const { id, addressId, accountId, at, kind, replyTo } = row;
      return { id, addressId, accountId, at, kind, replyTo, text: plain.text, token: plain.token };
    });
  }

  private async openSent(tx: TxContext, rows: readonly MessageEntity[]): Promise<Sent[]> {
    const keys = await this.vault.keysFor(tx, rows.map(subjectOf));
    return legible(rows, (row) => {
      const open = (column: string, sealed: Buffer): string =>
        keys.openText(subjectOf(row), placeOf('message', column, row.id), sealed);
      const plain = JSON.parse(open('content_sealed', row.contentSealed)) as SentContent;
      return {
        ...plain,
        id: row.id,
        addressId: row.addressId,
        accountId: row.accountId,
        patientId: row.patientId,
        origin: row.origin,
        originKey: row.originKey,
        state: row.state,
        reason: row.reason,
        failureCode: row.failureCode,
        createdAt: row.createdAt,
        ...timesOf(row),
        wamid: row.wamidSealed && open('wamid_sealed', row.wamidSealed),
      };
    });
  }
}

function patientSubject(id: Uuid): KeySubject {
  return { kind: 'patient', id };
}

/** Meta leaves `delivered` out when the chat is open, and our own note of the acceptance may be lost. */
function timesOf(row: MessageEntity): Pick<Sent, 'acceptedAt' | 'sentAt' | 'deliveredAt' | 'readAt'> {
  const deliveredAt = row.deliveredAt ?? row.readAt;
  return {
    acceptedAt: row.acceptedAt ?? row.sentAt ?? deliveredAt,
    sentAt: row.sentAt,
    deliveredAt,
    readAt: row.readAt,
  };
}

function timeOf(one: Exchanged): number {
  return (one.direction === 'inbound' ? one.at : (one.acceptedAt ?? one.createdAt)).getTime();
}
