import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ErasureState, HolderAnswer } from '../domain/erasure.states.js';
import type { ErasureSubject } from '../domain/holder.js';

/** A wish to be forgotten, and what came of it. */
@Entity({ schema: 'privacy', name: 'erasure' })
@Check('ck_erasure_subject_kind', `subject_kind in ('patient', 'contact')`)
@Check('ck_erasure_state', `state in ('requested', 'running', 'completed', 'blocked')`)
@Check('ck_erasure_completed', `(state = 'completed') = (completed_at is not null)`)
@Check('ck_erasure_blocked', `(state = 'blocked') = (blocked_reason is not null)`)
@Index('ux_erasure_open', ['organizationId', 'subjectKind', 'subjectId'], {
  unique: true,
  where: `state <> 'completed'`,
})
@Index('ix_erasure_due', ['organizationId', 'dueAt'], { where: `state in ('requested', 'running')` })
export class ErasureEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_erasure' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_erasure' })
  id: string;

  @Column({ name: 'subject_kind', type: 'text' })
  subjectKind: ErasureSubject['kind'];

  @Column({ name: 'subject_id', type: 'uuid' })
  subjectId: string;

  /** All that are meant: the other records of the person too. */
  @Column({ type: 'jsonb' })
  subjects: ErasureSubject[];

  @Column({ type: 'text' })
  reason: string;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy: string;

  @Column({ type: 'text', default: 'requested' })
  state: ErasureState;

  @Column({ type: 'jsonb', default: [] })
  answers: HolderAnswer[];

  @Column({ type: 'int', default: 0 })
  failures: number;

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  @Column({ name: 'blocked_reason', type: 'text', nullable: true })
  blockedReason: string | null;

  @Column({ name: 'requested_at', type: 'timestamptz' })
  requestedAt: Date;

  @Column({ name: 'completed_at', type: 'timestamptz', nullable: true })
  completedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
