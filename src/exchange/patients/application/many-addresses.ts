import { Injectable } from '@nestjs/common';
import { type Keys, VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Address } from '../domain/patient.js';
import { hasForms, isUserId, isWaId, matchKey } from '../domain/wa-id.js';
import {
  AddressesRepository,
  type AddressRow,
  type KnownAddress,
} from '../infrastructure/addresses.repository.js';
import {
  Addresses,
  addressOf,
  e164Of,
  hasWaId,
  NUMBER_PURPOSE,
  numberPlace,
  subjectOf,
  USER_ID_PURPOSE,
  userIdPlace,
  waIdPlace,
  type Identity,
} from './addresses.js';

/** Who wrote, as far as it can be read. */
interface Writer {
  waId: string | null;
  userId: string | null;
  numberIndex: Buffer | null;
  userIdIndex: Buffer | null;
}

interface Known {
  byNumber: Map<string, KnownAddress>;
  byUserId: Map<string, KnownAddress>;
}

/** The addresses of many who wrote: in a few statements those that are known or all new, one by one the odd ones. */
@Injectable()
export class ManyAddresses {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: AddressesRepository,
    private readonly one: Addresses,
    private readonly vault: VaultFacade,
  ) {}

  findOrMake(ctx: Context, identities: readonly Identity[]): Promise<(Address | null)[]> {
    return this.transactions.run(ctx, async (tx) => {
      const writers = await this.read(tx, identities);
      const before = await this.find(tx, writers);
      const fresh = distinct(writers.filter((writer) => isNew(writer, before)));
      await this.make(tx, fresh);
      const known = fresh.length === 0 ? before : await this.find(tx, writers);
      const addresses: (Address | null)[] = [];
      for (const writer of writers) addresses.push(settled(writer, known) ?? (await this.alone(tx, writer)));
      return addresses;
    });
  }

  private async read(tx: TxContext, identities: readonly Identity[]): Promise<Writer[]> {
    const writers = identities.map(({ waId, userId }) => ({
      waId: waId !== undefined && isWaId(waId) ? waId : null,
      userId: userId !== undefined && isUserId(userId) ? userId : null,
    }));
    const [numbers, userIds] = [
      [...new Set(writers.flatMap(({ waId }) => waId ?? []))],
      [...new Set(writers.flatMap(({ userId }) => userId ?? []))],
    ];
    const numberIndexes = await this.vault.indexMany(tx, NUMBER_PURPOSE, numbers.map(matchKey));
    const userIdIndexes = await this.vault.indexMany(tx, USER_ID_PURPOSE, userIds);
    const byNumber = new Map(numbers.map((number, place) => [number, numberIndexes[place]!]));
    const byUserId = new Map(userIds.map((userId, place) => [userId, userIdIndexes[place]!]));
    return writers.map(({ waId, userId }) => ({
      waId,
      userId,
      numberIndex: byNumber.get(waId ?? '') ?? null,
      userIdIndex: byUserId.get(userId ?? '') ?? null,
    }));
  }

  private async find(tx: TxContext, writers: readonly Writer[]): Promise<Known> {
    const rows = await this.repository.byIndexes(tx, {
      numbers: writers.flatMap(({ numberIndex }) => numberIndex ?? []),
      userIds: writers.flatMap(({ userIdIndex }) => userIdIndex ?? []),
    });
    return {
      byNumber: new Map(rows.flatMap((row) => (row.numberIndex ? [[hex(row.numberIndex), row]] : []))),
      byUserId: new Map(rows.flatMap((row) => (row.userIdIndex ? [[hex(row.userIdIndex), row]] : []))),
    };
  }

  /** In one order for all, so that two workers who meet the same new contacts do not wait for each other. */
  private async make(tx: TxContext, fresh: readonly Writer[]): Promise<void> {
    const made = fresh.map((writer) => ({ ...writer, id: newId() })).sort(byIndex);
    const keys = await this.vault.keysFor(
      tx,
      made.map(({ id }) => subjectOf(id)),
    );
    const rows = made.map(({ id, waId, userId, numberIndex, userIdIndex }): AddressRow => ({
      id,
      numberSealed: waId === null ? null : keys.seal(subjectOf(id), numberPlace(id), e164Of(waId)),
      numberIndex,
      ...waIdColumns(keys, id, waId),
      userIdSealed: userId === null ? null : keys.seal(subjectOf(id), userIdPlace(id), userId),
      userIdIndex,
    }));
    await this.repository.insert(tx, rows);
  }

  /** Somebody whose two identities must be joined, or who was made by another at this moment. */
  private async alone(tx: TxContext, { waId, userId }: Writer): Promise<Address | null> {
    if (waId === null && userId === null) return null;
    return this.one.findOrMake(tx, { ...(waId && { waId }), ...(userId && { userId }) });
  }
}

/** Neither identity is known, and no third one of the batch has it. */
function isNew(writer: Writer, { byNumber, byUserId }: Known): boolean {
  if (writer.waId === null && writer.userId === null) return false;
  return !byNumber.has(hex(writer.numberIndex)) && !byUserId.has(hex(writer.userIdIndex));
}

function distinct(writers: readonly Writer[]): Writer[] {
  return [...new Map(writers.map((writer) => [nameOf(writer), writer])).values()];
}

/** The address, when nothing is to be added to it; null asks for a closer look. */
function settled(writer: Writer, { byNumber, byUserId }: Known): Address | null {
  const found = byNumber.get(hex(writer.numberIndex));
  if (writer.waId !== null) {
    const isComplete =
      found && hasWaId(found, writer.waId) && (writer.userId === null || found.userIdIndex !== null);
    return isComplete ? addressOf(found) : null;
  }
  const user = byUserId.get(hex(writer.userIdIndex));
  return user ? addressOf(user) : null;
}

function waIdColumns(
  keys: Keys,
  id: Uuid,
  waId: string | null,
): Pick<AddressRow, 'waIdSealed' | 'waIdLength'> {
  if (waId === null || !hasForms(waId)) return { waIdSealed: null, waIdLength: null };
  return { waIdSealed: keys.seal(subjectOf(id), waIdPlace(id), waId), waIdLength: waId.length };
}

function nameOf({ numberIndex, userIdIndex }: Writer): string {
  return `${hex(numberIndex)}/${hex(userIdIndex)}`;
}

function byIndex(one: Writer, other: Writer): number {
  return nameOf(one) < nameOf(other) ? -1 : 1;
}

/** A text that no index has, where there is none. */
function hex(index: Buffer | null): string {
  return index?.toString('hex') ?? '-';
}
