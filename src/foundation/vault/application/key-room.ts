import { createSecretKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { subjectKeyOf, type KeySubject, type SubjectKey } from '../domain/key-subject.js';
import { DataKeyCache, wipe } from './data-key-cache.js';
import { DataKeys, type LoadedKeys } from './data-keys.js';
import { Keys, nameOf, type SubjectKeys } from './keys.js';
import { OpenFailures } from './open-failures.js';

/** Hands out keys: from memory, else from the database. */
@Injectable()
export class KeyRoom {
  constructor(
    private readonly transactions: Transactions,
    private readonly cache: DataKeyCache,
    private readonly dataKeys: DataKeys,
    private readonly failures: OpenFailures,
  ) {}

  async keysFor(ctx: Context, subjects: readonly KeySubject[]): Promise<Keys> {
    const wanted = new Map(
      subjects.map((subject) => {
        const key = subjectKeyOf(ctx.organizationId, subject);
        return [nameOf(ctx.organizationId, key), key] as const;
      }),
    );
    return new Keys(ctx, await this.fetch(ctx, wanted), this.failures);
  }

  /** One patient's keys by generation. */
  async patientKeys(ctx: Context, patientId: string): Promise<SubjectKeys> {
    const key: SubjectKey = { kind: 'patient', id: patientId };
    const name = nameOf(ctx.organizationId, key);
    return (await this.fetch(ctx, new Map([[name, key]]))).get(name)!;
  }

  private async fetch(
    ctx: Context,
    wanted: ReadonlyMap<string, SubjectKey>,
  ): Promise<Map<string, SubjectKeys>> {
    const found = new Map<string, SubjectKeys>();
    const missing = new Map<string, SubjectKey>();
    for (const [name, subject] of wanted) {
      const kept = this.cache.get(name);
      if (kept) found.set(name, kept);
      else missing.set(name, subject);
    }
    if (missing.size === 0) return found;
    for (const [name, keys] of await this.load(ctx, missing)) found.set(name, keys);
    return found;
  }

  private async load(
    ctx: Context,
    missing: ReadonlyMap<string, SubjectKey>,
  ): Promise<Map<string, SubjectKeys>> {
    const { stamp } = this.cache;
    const loaded = await this.transactions.run(ctx, (tx) => this.dataKeys.load(tx, missing));
    return new Map(
      [...loaded].map(([name, keys]) => {
        const usable = usableOf(keys);
        // Our own transaction has committed by now; the caller's may still roll back what it made.
        const lasting = keys.lasting || !ctx.tx;
        if (lasting && !keys.destroyed) this.cache.put(name, keys.bytes, stamp);
        else wipe(keys.bytes);
        return [name, usable];
      }),
    );
  }
}

function usableOf({ destroyed, bytes }: LoadedKeys): SubjectKeys {
  if (destroyed) return 'destroyed';
  return new Map([...bytes].map(([generation, key]) => [generation, createSecretKey(key)]));
}
