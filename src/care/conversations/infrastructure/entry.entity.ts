import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Author, Entry } from '../domain/conversation.js';
import { ConversationEntity } from './conversation.entity.js';

/** A message stands in at most one conversation. */
@Entity({ schema: 'conversations', name: 'entry' })
@Check('ck_entry_direction', `direction in ('inbound', 'outbound')`)
@Check('ck_entry_by', `by in ('patient', 'automation', 'staff')`)
@Check('ck_entry_answer_state', `answer_state in ('none', 'due', 'done')`)
@Index('ix_entry_conversation', ['organizationId', 'conversationId', 'at'])
@Index('ix_entry_due', ['organizationId', 'answerDueAt'], { where: `answer_state = 'due'` })
@ForeignKey(() => ConversationEntity, ['organizationId', 'conversationId'], ['organizationId', 'id'], {
  name: 'fk_entry_conversation',
})
export class EntryEntity implements Entry {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_entry' })
  organizationId: string;

  @PrimaryColumn({ name: 'message_id', type: 'uuid', primaryKeyConstraintName: 'pk_entry' })
  messageId: string;

  @Column({ name: 'conversation_id', type: 'uuid' })
  conversationId: string;

  @Column({ type: 'text' })
  direction: 'inbound' | 'outbound';

  @Column({ type: 'text' })
  by: Author;

  @Column({ type: 'timestamptz' })
  at: Date;

  /** `none` for what we wrote: nobody answers that. */
  @Column({ name: 'answer_state', type: 'text' })
  answerState: 'none' | 'due' | 'done';

  @Column({ name: 'answer_due_at', type: 'timestamptz', nullable: true })
  answerDueAt: Date | null;

  @Column({ name: 'answer_failures', type: 'int', default: 0 })
  answerFailures: number;
}
