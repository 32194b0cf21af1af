import { Injectable } from '@nestjs/common';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { VaultFacade, type KeySubject, type Place } from '../../../foundation/vault/index.js';
import type { NoteEntity } from '../infrastructure/note.entity.js';
import { NotesRepository } from '../infrastructure/notes.repository.js';
import { Held } from './held.js';

/** PHI. */
export interface Note {
  id: Uuid;
  author: string;
  writtenAt: Date;
  text: string;
}

/** What staff write for staff: the patient never sees it. */
@Injectable()
export class Notes {
  constructor(
    private readonly transactions: Transactions,
    private readonly held: Held,
    private readonly notes: NotesRepository,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** Throws not-found. */
  add(ctx: Context, conversationId: Uuid, text: string): Promise<Note> {
    return this.transactions.run(ctx, async (tx) => {
      const { patientId, addressId } = await this.held.get(tx, conversationId);
      const id = newId();
      const writtenAt = await nowIn(tx);
      const author = tx.actor.id;
      const textSealed = await this.vault.seal(tx, subjectOf({ patientId, addressId }), placeOf(id), text);
      await this.notes.add(tx, { id, conversationId, patientId, author, writtenAt, textSealed });
      return { id, author, writtenAt, text };
    });
  }

  /** Oldest first. The audit event commits before they are shown. Throws not-found. */
  of(ctx: Context, conversationId: Uuid): Promise<Note[]> {
    return this.transactions.run(ctx, async (tx) => {
      const { addressId, patientId } = await this.held.get(tx, conversationId);
      const rows = await this.notes.of(tx, conversationId);
      const open = async (row: NoteEntity): Promise<Note> => ({
        id: row.id,
        author: row.author,
        writtenAt: row.writtenAt,
        text: await this.vault.openText(
          tx,
          subjectOf({ ...row, addressId }),
          placeOf(row.id),
          row.textSealed,
        ),
      });
      const notes: Note[] = [];
      for (const row of rows) notes.push(await open(row));
      await this.audit.record(tx, {
        type: 'conversation.notes-read',
        action: 'R',
        entity: { kind: 'conversation', id: conversationId },
        ...(patientId && { patientId }),
      });
      return notes;
    });
  }
}

function subjectOf(who: { patientId: Uuid | null; addressId: Uuid }): KeySubject {
  return who.patientId ? { kind: 'patient', id: who.patientId } : { kind: 'contact', id: who.addressId };
}

function placeOf(row: Uuid): Place {
  return { table: 'conversations.note', column: 'text_sealed', row };
}
