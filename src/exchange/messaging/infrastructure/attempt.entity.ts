import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { MessageEntity } from './message.entity.js';

/** One call to Meta: its row is committed before the call begins. */
@Entity({ schema: 'messaging', name: 'attempt' })
@Check('ck_attempt_outcome', `outcome in ('accepted', 'refused', 'unknown', 'not-begun')`)
@Index('ix_attempt_message', ['organizationId', 'messageId', 'beganAt'])
@Index('ix_attempt_account', ['organizationId', 'accountId', 'beganAt'])
@ForeignKey(() => MessageEntity, ['organizationId', 'messageId'], ['organizationId', 'id'], {
  name: 'fk_attempt_message',
})
export class AttemptEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_attempt' })
  organizationId: string;

  /** Random; goes out as biz_opaque_callback_data and comes back with every status. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_attempt' })
  id: string;

  @Column({ name: 'message_id', type: 'uuid' })
  messageId: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId: string;

  @Column({ name: 'began_at', type: 'timestamptz' })
  beganAt: Date;

  /** Null: no answer is known. */
  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  @Column({ type: 'text', nullable: true })
  outcome: 'accepted' | 'refused' | 'unknown' | 'not-begun' | null;

  @Column({ type: 'int', nullable: true })
  code: number | null;

  @Column({ type: 'int', nullable: true })
  subcode: number | null;

  @Column({ name: 'http_status', type: 'int', nullable: true })
  httpStatus: number | null;
}
