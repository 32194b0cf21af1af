import { Injectable } from '@nestjs/common';
import { isStopWord } from '../../consent/index.js';
import { PatientsFacade } from '../../patients/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import type { ContactIdentity, InboundMessage } from '../domain/decode.js';
import { MessageReceived, StopReceived } from '../events.js';
import type { ReceivedKind } from '../domain/records.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { ReceivedRepository, type NewReceived } from '../infrastructure/received.repository.js';
import { MessagingMetrics } from './metrics.js';
import { placeOf, WAMID, type ReceivedContent } from './sealing.js';

/** The text of every other kind is the label of a button; of `other` it is a medium's caption. */
const TYPED: ReadonlySet<ReceivedKind> = new Set(['text', 'other']);

export interface TakenMessage {
  accountId: Uuid;
  message: InboundMessage;
}

interface Written extends TakenMessage {
  addressId: Uuid;
}

/** Keeps messages from patients' phones: each wamid once, its contact's window open, everybody told. */
@Injectable()
export class TakeMessages {
  constructor(
    private readonly repository: ReceivedRepository,
    private readonly patients: PatientsFacade,
    private readonly vault: VaultFacade,
    private readonly events: Events,
    private readonly metrics: MessagingMetrics,
  ) {}

  async take(tx: TxContext, taken: readonly TakenMessage[]): Promise<void> {
    if (taken.length === 0) return;
    const now = await nowIn(tx);
    const written = await this.fromWhom(tx, taken);
    const rows = await this.rowsOf(tx, written, now);
    const opening = rows.filter((_, index) => written[index]!.message.opensWindow);
    const added = new Set(await this.repository.add(tx, rows));
    await this.repository.openWindows(tx, opening);
    const fresh = rows.filter(({ id }) => added.has(id));
    await this.events.publish(
      tx,
      MessageReceived,
      fresh.map(({ id }) => id),
    );
    await this.events.publish(
      tx,
      StopReceived,
      fresh.filter(({ stop }) => stop).map(({ id }) => id),
    );
  }

  /** A sender whom patients cannot make out would be no better at the next try. */
  private async fromWhom(tx: TxContext, taken: readonly TakenMessage[]): Promise<Written[]> {
    const identities = new Map(taken.map(({ message }) => [nameOf(message.from), message.from]));
    const found = await this.patients.addressesFor(tx, [...identities.values()]);
    const addresses = new Map([...identities.keys()].map((name, place) => [name, found[place]?.id]));
    return taken.flatMap((one) => {
      const addressId = addresses.get(nameOf(one.message.from));
      if (!addressId) this.metrics.passedOver.inc({ what: 'no-sender' });
      return addressId ? [{ ...one, addressId }] : [];
    });
  }

  private async rowsOf(tx: TxContext, written: readonly Written[], now: Date): Promise<NewReceived[]> {
    const keys = await this.vault.keysFor(
      tx,
      [...new Set(written.map(({ addressId }) => addressId))].map((id) => ({ kind: 'contact', id })),
    );
    const indexOf = await this.indexes(tx, written);
    return written.map(({ accountId, addressId, message }) => {
      const id = newId();
      const { wamid, text, token, quotedWamid } = message;
      const place = placeOf('received', 'content_sealed', id);
      const content: ReceivedContent = { wamid, text, token };
      return {
        id,
        accountId,
        addressId,
        wamidIndex: indexOf.get(wamid)!,
        quotedIndex: quotedWamid === null ? null : indexOf.get(quotedWamid)!,
        kind: message.kind,
        type: message.type,
        contentSealed: keys.seal({ kind: 'contact', id: addressId }, place, JSON.stringify(content)),
        // Typed words only, a caption's too: the label of a button such as Cancel is no opt-out.
        stop: TYPED.has(message.kind) && text !== null && isStopWord(text),
        at: message.at ?? now,
      };
    });
  }

  private async indexes(tx: TxContext, written: readonly Written[]): Promise<Map<string, Buffer>> {
    const wamids = [
      ...new Set(written.flatMap(({ message: { wamid, quotedWamid } }) => [wamid, quotedWamid ?? wamid])),
    ];
    const indexes = await this.vault.indexMany(tx, WAMID, wamids);
    return new Map(wamids.map((wamid, place) => [wamid, indexes[place]!]));
  }
}

function nameOf({ waId, userId }: ContactIdentity): string {
  return `${waId ?? ''}/${userId ?? ''}`;
}
