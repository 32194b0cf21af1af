import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'identity', name: 'idempotency_key' })
@Index('ix_idempotency_key_age', ['organizationId', 'startedAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_idempotency_key' })
  organizationId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_idempotency_key' })
  actor: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_idempotency_key' })
  key: string;

  /** Names the row for the envelope. */
  @Column({ type: 'uuid' })
  id: string;

  @Column({ name: 'request_hash', type: 'bytea' })
  requestHash: Buffer;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt: Date;

  /** Null while the first request is in progress. */
  @Column({ type: 'int', nullable: true })
  status: number | null;

  @Column({ name: 'answer_sealed', type: 'bytea', nullable: true })
  answerSealed: Buffer | null;
}
