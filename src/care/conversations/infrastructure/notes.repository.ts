import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { NoteEntity } from './note.entity.js';

@Injectable()
export class NotesRepository {
  async add(ctx: TxContext, note: Omit<NoteEntity, 'organizationId'>): Promise<void> {
    await managerOf(ctx).insert(NoteEntity, { organizationId: ctx.organizationId, ...note });
  }

  /** Oldest first. */
  of(ctx: TxContext, conversationId: Uuid): Promise<NoteEntity[]> {
    return managerOf(ctx).find(NoteEntity, {
      where: { organizationId: ctx.organizationId, conversationId },
      order: { id: 'ASC' },
    });
  }
}
