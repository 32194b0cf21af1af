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
import { placeOf, WAMID, type ReceivedContent } from './sealing.js';

/** The text of every other kind is the label of a button; of `other` it is a medium's caption. */
const TYPED: ReadonlySet<ReceivedKind> = new Set(['text', 'other']);

export interface TakenMessage {
  accountId: Uuid;
  message: InboundMessage;
}

/** Keeps messages from patients' phones: each wamid once, its contact's window open, everybody told. */
@Injectable()
export class TakeMessages {
  constructor(
    private readonly repository: ReceivedRepository,
    private readonly patients: PatientsFacade,
    private readonly vault: VaultFacade,
    private readonly events: Events,
  ) {}

  async take(tx: TxContext, taken: readonly TakenMessage[]): Promise<void> {
    if (taken.length === 0) return;
    const now = await nowIn(tx);
    const addresses = await this.addressesOf(tx, taken);
    const rows = await this.rowsOf(tx, taken, { addresses, now });
    const opening = rows.filter((_, index) => taken[index]!.message.opensWindow);
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

  /** In one order for all, so that two workers who meet the same new contacts do not wait for each other. */
  private async addressesOf(tx: TxContext, taken: readonly TakenMessage[]): Promise<Map<string, Uuid>> {
    const identities = new Map(taken.map(({ message }) => [nameOf(message.from), message.from]));
    const addresses = new Map<string, Uuid>();
    for (const name of [...identities.keys()].sort()) {
      addresses.set(name, (await this.patients.addressFor(tx, identities.get(name)!)).id);
    }
    return addresses;
  }

  private async rowsOf(
    tx: TxContext,
    taken: readonly TakenMessage[],
    { addresses, now }: { addresses: Map<string, Uuid>; now: Date },
  ): Promise<NewReceived[]> {
    const keys = await this.vault.keysFor(
      tx,
      [...new Set(addresses.values())].map((id) => ({ kind: 'contact', id })),
    );
    const rows: NewReceived[] = [];
    for (const { accountId, message } of taken) {
      const id = newId();
      const addressId = addresses.get(nameOf(message.from))!;
      const { wamid, text, token, quotedWamid } = message;
      const place = placeOf('received', 'content_sealed', id);
      const content: ReceivedContent = { wamid, text, token };
      rows.push({
        id,
        accountId,
        addressId,
        wamidIndex: await this.vault.index(tx, WAMID, wamid),
        quotedIndex: quotedWamid === null ? null : await this.vault.index(tx, WAMID, quotedWamid),
        kind: message.kind,
        type: message.type,
        contentSealed: keys.seal({ kind: 'contact', id: addressId }, place, JSON.stringify(content)),
        // Typed words only, a caption's too: the label of a button such as Cancel is no opt-out.
        stop: TYPED.has(message.kind) && text !== null && isStopWord(text),
        at: message.at ?? now,
      });
    }
    return rows;
  }
}

function nameOf({ waId, userId }: ContactIdentity): string {
  return `${waId ?? ''}/${userId ?? ''}`;
}
