import { Inject, Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { commitmentOf, FIRST_GENERATION, newDataKey, wrapAad } from '../domain/data-key.js';
import type { SubjectKey } from '../domain/key-subject.js';
import { DataKeyRepository, type DataKeyRow } from '../infrastructure/data-key.repository.js';
import { Epochs } from './epochs.js';
import { KeyringRegistration } from './keyring-registration.js';
import { nameOf } from './keys.js';
import { OpenFailures } from './open-failures.js';
import { Unwrapping } from './unwrapping.js';

/** A subject's key bytes by generation. The reader owns them, and zero-fills them when done. */
export interface LoadedKeys {
  destroyed: boolean;
  bytes: Map<number, Buffer>;
  /** False while the transaction that made them may still roll back: such keys must not outlive it. */
  lasting: boolean;
}

/** Data keys in the database, wrapped by the keyring. A subject's first use makes its key. */
@Injectable()
export class DataKeys {
  private readonly made = new WeakMap<Transaction, Set<string>>();

  constructor(
    @Inject(KEYRING) private readonly keyring: Keyring,
    private readonly registration: KeyringRegistration,
    private readonly repository: DataKeyRepository,
    private readonly epochs: Epochs,
    private readonly unwrapping: Unwrapping,
    private readonly failures: OpenFailures,
  ) {}

  /** Keys of all these subjects (by name). Of two transactions at once one makes the key, and the other waits for it. */
  async load(tx: TxContext, subjects: ReadonlyMap<string, SubjectKey>): Promise<Map<string, LoadedKeys>> {
    await this.registration.assure(tx);
    const rows = await this.repository.find(tx, [...subjects.values()]);
    const known = new Set(rows.map((row) => nameOf(tx.organizationId, row)));
    const absent = new Map([...subjects].filter(([name]) => !known.has(name)));
    const made = absent.size > 0 ? await this.make(tx, absent) : new Map<string, Buffer>();
    const others = [...absent].filter(([name]) => !made.has(name)).map(([, subject]) => subject);
    if (others.length > 0) rows.push(...(await this.repository.find(tx, others)));
    const loaded = new Map([...subjects.keys()].map((name) => [name, this.empty(tx, name)] as const));
    for (const [name, key] of made) loaded.get(name)!.bytes.set(FIRST_GENERATION, key);
    for (const row of rows) await this.unlock(tx, row, loaded.get(nameOf(tx.organizationId, row))!);
    return loaded;
  }

  private empty(tx: TxContext, name: string): LoadedKeys {
    return { destroyed: false, bytes: new Map(), lasting: !this.made.get(tx.tx)?.has(name) };
  }

  /** The keys that were made, by name; a subject whose key another transaction made first is left out. */
  private async make(tx: TxContext, subjects: ReadonlyMap<string, SubjectKey>): Promise<Map<string, Buffer>> {
    const keys = new Map<string, Buffer>();
    try {
      const taken = await this.repository.insert(tx, await this.wrapped(tx, subjects, keys));
      const names = taken.map((subject) => nameOf(tx.organizationId, subject));
      this.made.set(tx.tx, new Set([...(this.made.get(tx.tx) ?? []), ...names]));
      const made = new Map(names.map((name) => [name, keys.get(name)!]));
      for (const name of names) keys.delete(name);
      return made;
    } finally {
      for (const unused of keys.values()) unused.fill(0);
    }
  }

  private async wrapped(
    tx: TxContext,
    subjects: ReadonlyMap<string, SubjectKey>,
    keys: Map<string, Buffer>,
  ): Promise<DataKeyRow[]> {
    const { organizationId } = tx;
    const epoch = await this.epochs.hold(tx);
    const rows: DataKeyRow[] = [];
    for (const [name, subject] of sorted(subjects)) {
      const key = newDataKey();
      keys.set(name, key);
      const aad = wrapAad(organizationId, subject, FIRST_GENERATION);
      const { bytes: wrapped } = await this.keyring.wrap(organizationId, key, aad, epoch);
      rows.push({ ...subject, generation: FIRST_GENERATION, epoch, wrapped, commitment: commitmentOf(key) });
    }
    return rows;
  }

  /** A generation that does not unlock is left out: what it had sealed cannot be opened, the rest can. */
  private async unlock(tx: TxContext, row: DataKeyRow, into: LoadedKeys): Promise<void> {
    if (!row.wrapped || !row.commitment) {
      into.destroyed = true;
      return;
    }
    try {
      const key = await this.unwrapping.unwrap(tx, {
        ...row,
        wrapped: row.wrapped,
        commitment: row.commitment,
      });
      if (key) return void into.bytes.set(row.generation, key);
    } catch (error) {
      if (!(await this.unlockAgain(tx, row, into))) throw error;
      return;
    }
    if (await this.unlockAgain(tx, row, into)) return;
    this.failures.report(tx, { entity: { kind: `${row.kind}-key`, id: row.id } });
  }

  /** False unless it was wrapped anew since it was read: its old epoch may be gone already. */
  private async unlockAgain(tx: TxContext, row: DataKeyRow, into: LoadedKeys): Promise<boolean> {
    const rows = await this.repository.find(tx, [row]);
    const now = rows.find(({ generation }) => generation === row.generation);
    if (!now || now.epoch === row.epoch) return false;
    await this.unlock(tx, now, into);
    return true;
  }
}

/** One order for all, so that two batches never wait for each other. */
function sorted(subjects: ReadonlyMap<string, SubjectKey>): [string, SubjectKey][] {
  return [...subjects].sort(([a], [b]) => (a < b ? -1 : 1));
}
