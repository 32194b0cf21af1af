import { Injectable } from '@nestjs/common';
import { type Keys, type KeySubject, type Place, VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Address, ContactAddress, LinkedPair, LinkState } from '../domain/patient.js';
import { candidates, hasForms, isUserId, isWaId, matchKey } from '../domain/wa-id.js';
import type { AddressEntity } from '../infrastructure/address.entity.js';
import { AddressesRepository, type SealedAddress } from '../infrastructure/addresses.repository.js';
import { unlessErased } from './erased.js';

export const NUMBER_PURPOSE = 'patients.number';
export const USER_ID_PURPOSE = 'patients.user-id';

/** A phone in digits, or a business-scoped user id. */
export type Recipient = { to: string } | { recipient: string };

export interface Identity {
  waId?: string;
  userId?: string;
}

/** WhatsApp addresses: found by blind index, readable only with the contact's key. */
@Injectable()
export class Addresses {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: AddressesRepository,
    private readonly vault: VaultFacade,
  ) {}

  of(ctx: Context, patientId: Uuid): Promise<ContactAddress[]> {
    return this.transactions.run(ctx, (tx) => this.repository.of(tx, patientId));
  }

  linked(ctx: Context, pairs: readonly LinkedPair[]): Promise<LinkState[]> {
    return this.transactions.run(ctx, (tx) => this.repository.linked(tx, pairs));
  }

  /** Whether anything was doubtful. */
  confirm(ctx: TxContext, patientId: Uuid, addressIds: readonly Uuid[]): Promise<boolean> {
    return this.repository.confirm(ctx, patientId, addressIds);
  }

  /** The ids of these numbers (digits without plus), in their order; makes those that are new. */
  async idsOf(ctx: TxContext, numbers: readonly string[]): Promise<Map<string, Uuid>> {
    const distinct = [...new Set(numbers)];
    const found = await this.vault.indexMany(ctx, NUMBER_PURPOSE, distinct.map(matchKey));
    const indexes = new Map(distinct.map((number, place) => [number, found[place]!]));
    const all = [...indexes.values()];
    const before = await this.repository.idsByNumber(ctx, all);
    const fresh = [...indexes].filter(([, index]) => !before.has(index.toString('hex')));
    await this.make(
      ctx,
      fresh.map(([number, index]) => ({ number, index })),
    );
    const after = fresh.length === 0 ? before : await this.repository.idsByNumber(ctx, all);
    return new Map([...indexes].map(([number, index]) => [number, after.get(index.toString('hex'))!]));
  }

  findOrMake(ctx: Context, identity: Identity): Promise<Address> {
    const waId = identity.waId !== undefined && isWaId(identity.waId) ? identity.waId : undefined;
    const userId = identity.userId !== undefined && isUserId(identity.userId) ? identity.userId : undefined;
    if (waId === undefined && userId === undefined) throw noIdentity();
    return this.transactions.run(ctx, async (tx) => {
      const known = (await this.byNumber(tx, waId, userId)) ?? (await this.byUserId(tx, userId, waId));
      return addressOf(known ?? (await this.makeOne(tx, waId, userId)));
    });
  }

  async recipientOf(ctx: Context, addressId: Uuid): Promise<Recipient | null> {
    return (await this.recipientsOf(ctx, [addressId])).get(addressId) ?? null;
  }

  /** Who is erased or unknown is left out. */
  recipientsOf(ctx: Context, addressIds: readonly Uuid[]): Promise<Map<Uuid, Recipient>> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.repository.sealed(tx, [...new Set(addressIds)]);
      const keys = await this.vault.keysFor(
        tx,
        rows.map(({ id }) => subjectOf(id)),
      );
      const recipients = new Map<Uuid, Recipient>();
      for (const row of rows) {
        const recipient = await unlessErased(() => open(keys, row));
        if (recipient) recipients.set(row.id, recipient);
      }
      return recipients;
    });
  }

  private async byNumber(ctx: TxContext, waId?: string, userId?: string): Promise<AddressEntity | null> {
    if (waId === undefined) return null;
    const found = await this.repository.byNumber(ctx, await this.numberIndex(ctx, waId));
    if (found && userId !== undefined && !found.userIdIndex) await this.addUserId(ctx, found.id, userId);
    if (found && !hasWaId(found, waId)) await this.keepWaId(ctx, found.id, waId);
    return found;
  }

  /** Someone known by user id alone, who now shows a number. A second number is another address: consent does not follow. */
  private async byUserId(ctx: TxContext, userId?: string, waId?: string): Promise<AddressEntity | null> {
    if (userId === undefined) return null;
    const found = await this.repository.byUserId(ctx, await this.userIdIndex(ctx, userId));
    if (!found || waId === undefined) return found;
    if (found.numberIndex) return null;
    await this.addNumber(ctx, found.id, waId);
    if (hasForms(waId)) await this.keepWaId(ctx, found.id, waId);
    return this.repository.get(ctx, found.id);
  }

  private async addUserId(ctx: TxContext, id: Uuid, userId: string): Promise<void> {
    const sealed = await this.vault.seal(ctx, subjectOf(id), userIdPlace(id), userId);
    const index = await this.userIdIndex(ctx, userId);
    await this.repository.complete(ctx, id, { column: 'user_id_index', sealed, index });
  }

  private async addNumber(ctx: TxContext, id: Uuid, number: string): Promise<void> {
    const sealed = await this.vault.seal(ctx, subjectOf(id), numberPlace(id), e164Of(number));
    const index = await this.numberIndex(ctx, number);
    await this.repository.complete(ctx, id, { column: 'number_index', sealed, index });
  }

  private async keepWaId(ctx: TxContext, id: Uuid, waId: string): Promise<void> {
    const sealed = await this.vault.seal(ctx, subjectOf(id), waIdPlace(id), waId);
    await this.repository.keepWaId(ctx, id, { sealed, length: waId.length });
  }

  private async makeOne(ctx: TxContext, waId?: string, userId?: string): Promise<AddressEntity> {
    if (waId !== undefined) {
      const index = await this.numberIndex(ctx, waId);
      await this.make(ctx, [{ number: waId, index }]);
      return (await this.byNumber(ctx, waId, await this.free(ctx, userId)))!;
    }
    const id = newId();
    const sealed = await this.vault.seal(ctx, subjectOf(id), userIdPlace(id), userId!);
    const index = await this.userIdIndex(ctx, userId!);
    const none = { numberSealed: null, numberIndex: null, waIdSealed: null, waIdLength: null };
    await this.repository.insert(ctx, [{ id, ...none, userIdSealed: sealed, userIdIndex: index }]);
    return (await this.repository.byUserId(ctx, index))!;
  }

  /** A user id that another address holds stays there. */
  private async free(ctx: TxContext, userId?: string): Promise<string | undefined> {
    if (userId === undefined) return undefined;
    return (await this.repository.byUserId(ctx, await this.userIdIndex(ctx, userId))) ? undefined : userId;
  }

  private async make(ctx: TxContext, fresh: { number: string; index: Buffer }[]): Promise<void> {
    if (fresh.length === 0) return;
    const made = fresh.map((one) => ({ ...one, id: newId() }));
    const keys = await this.vault.keysFor(
      ctx,
      made.map(({ id }) => subjectOf(id)),
    );
    const rows = made.map(({ id, number, index }) => ({
      id,
      numberSealed: keys.seal(subjectOf(id), numberPlace(id), e164Of(number)),
      numberIndex: index,
      waIdSealed: null,
      waIdLength: null,
      userIdSealed: null,
      userIdIndex: null,
    }));
    await this.repository.insert(ctx, rows);
  }

  private numberIndex(ctx: TxContext, number: string): Promise<Buffer> {
    return this.vault.index(ctx, NUMBER_PURPOSE, matchKey(number));
  }

  private userIdIndex(ctx: TxContext, userId: string): Promise<Buffer> {
    return this.vault.index(ctx, USER_ID_PURPOSE, userId);
  }
}

export function addressOf({ id, numberIndex }: Pick<AddressEntity, 'id' | 'numberIndex'>): Address {
  return { id, kind: numberIndex ? 'phone' : 'user-id' };
}

/** Whether that id need not be kept: it is the one kept last, or the number is written in one way only. */
export function hasWaId({ waIdLength }: Pick<AddressEntity, 'waIdLength'>, waId: string): boolean {
  return !hasForms(waId) || waIdLength === waId.length;
}

/** The number as E.164 has it today, whichever way WhatsApp writes it. */
export function e164Of(waId: string): string {
  return candidates(waId)[0]!;
}

/** As Meta writes it, once Meta has written it; else as E.164 has it. */
function open(keys: Keys, { id, numberSealed, waIdSealed, userIdSealed }: SealedAddress): Recipient {
  if (waIdSealed) return { to: keys.openText(subjectOf(id), waIdPlace(id), waIdSealed) };
  if (numberSealed) return { to: keys.openText(subjectOf(id), numberPlace(id), numberSealed) };
  return { recipient: keys.openText(subjectOf(id), userIdPlace(id), userIdSealed!) };
}

export function subjectOf(id: Uuid): KeySubject {
  return { kind: 'contact', id };
}

export function numberPlace(row: Uuid): Place {
  return { table: 'patients.address', column: 'number_sealed', row };
}

export function waIdPlace(row: Uuid): Place {
  return { table: 'patients.address', column: 'wa_id_sealed', row };
}

export function userIdPlace(row: Uuid): Place {
  return { table: 'patients.address', column: 'user_id_sealed', row };
}

function noIdentity(): Fault {
  return new Fault({
    code: 'patients.no-identity',
    kind: 'unprocessable',
    words: 'The message names neither a readable number nor a user id.',
  });
}
