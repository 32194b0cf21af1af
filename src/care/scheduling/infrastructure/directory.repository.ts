import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { DirectoryEntryEntity } from './directory-entry.entity.js';

export type DirectoryEntry = Pick<DirectoryEntryEntity, 'connectionId' | 'reference' | 'name' | 'timeZone'>;

@Injectable()
export class DirectoryRepository {
  async save(ctx: TxContext, entries: readonly DirectoryEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map((entry) => ({ ...entry, organizationId: ctx.organizationId }));
    await managerOf(ctx).upsert(DirectoryEntryEntity, rows, ['organizationId', 'connectionId', 'reference']);
  }

  async remove(ctx: TxContext, connectionId: Uuid, references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    await managerOf(ctx).delete(DirectoryEntryEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      reference: In([...references]),
    });
  }

  async find(ctx: TxContext, connectionId: Uuid, reference: string | null): Promise<DirectoryEntry | null> {
    if (reference === null) return null;
    return managerOf(ctx).findOneBy(DirectoryEntryEntity, {
      organizationId: ctx.organizationId,
      connectionId,
      reference,
    });
  }
}
