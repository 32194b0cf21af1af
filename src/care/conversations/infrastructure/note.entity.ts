import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConversationEntity } from './conversation.entity.js';

/** What staff wrote for staff. */
@Entity({ schema: 'conversations', name: 'note' })
@Index('ix_note_conversation', ['organizationId', 'conversationId', 'id'])
@ForeignKey(() => ConversationEntity, ['organizationId', 'conversationId'], ['organizationId', 'id'], {
  name: 'fk_note_conversation',
})
export class NoteEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_note' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_note' })
  id: string;

  @Column({ name: 'conversation_id', type: 'uuid' })
  conversationId: string;

  /** Whose key seals it: the patient's who was known then, else the contact's. */
  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'text' })
  author: string;

  @Column({ name: 'written_at', type: 'timestamptz' })
  writtenAt: Date;

  @Column({ name: 'text_sealed', type: 'bytea' })
  textSealed: Buffer;
}
