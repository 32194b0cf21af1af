import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ConversationEntity } from './conversation.entity.js';

/** What a conversation led to, each thing once. */
@Entity({ schema: 'conversations', name: 'outcome' })
@ForeignKey(() => ConversationEntity, ['organizationId', 'conversationId'], ['organizationId', 'id'], {
  name: 'fk_outcome_conversation',
})
export class OutcomeEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_outcome' })
  organizationId: string;

  @PrimaryColumn({ name: 'conversation_id', type: 'uuid', primaryKeyConstraintName: 'pk_outcome' })
  conversationId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_outcome' })
  code: string;

  /** The conversation's own id when the outcome is about no appointment: a key has no empty column. */
  @PrimaryColumn({ name: 'about_id', type: 'uuid', primaryKeyConstraintName: 'pk_outcome' })
  aboutId: string;

  @Column({ type: 'timestamptz' })
  at: Date;
}
