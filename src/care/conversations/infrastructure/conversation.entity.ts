import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CloseReason, Conversation } from '../domain/conversation.js';

@Entity({ schema: 'conversations', name: 'conversation' })
@Check('ck_conversation_state', `state in ('open', 'closed')`)
@Check('ck_conversation_close_reason', `close_reason in ('idle', 'staff', 'other-patient', 'erased')`)
@Check(
  'ck_conversation_closed',
  `(state = 'closed') = (closed_at is not null) and (state = 'closed') = (close_reason is not null)`,
)
@Index('ux_conversation_open', ['organizationId', 'addressId', 'accountId'], {
  unique: true,
  where: `state = 'open'`,
})
@Index('ix_conversation_address', ['organizationId', 'addressId', 'lastMessageAt'])
@Index('ix_conversation_patient', ['organizationId', 'patientId', 'id'])
@Index('ix_conversation_idle', ['organizationId', 'idleAt'], { where: `state = 'open'` })
export class ConversationEntity implements Conversation {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_conversation' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_conversation' })
  id: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId: string;

  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'text', default: 'open' })
  state: 'open' | 'closed';

  @Column({ name: 'close_reason', type: 'text', nullable: true })
  closeReason: CloseReason | null;

  @Column({ type: 'text', nullable: true })
  assignee: string | null;

  @Column({ name: 'waiting_since', type: 'timestamptz', nullable: true })
  waitingSince: Date | null;

  @Column({ name: 'opened_at', type: 'timestamptz' })
  openedAt: Date;

  @Column({ name: 'last_message_at', type: 'timestamptz' })
  lastMessageAt: Date;

  @Column({ name: 'idle_at', type: 'timestamptz' })
  idleAt: Date;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
