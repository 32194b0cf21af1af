import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'worklist', name: 'work_item' })
@Check('ck_work_item_state', `state in ('open', 'resolved')`)
@Check('ck_work_item_resolved', `(state = 'resolved') = (resolved_at is not null)`)
@Index('ux_work_item_open_key', ['organizationId', 'key'], { unique: true, where: `state = 'open'` })
@Index('ix_work_item_list', ['organizationId', 'state', 'dueAt', 'id'])
export class WorkItemEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_work_item' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_work_item' })
  id: string;

  @Column({ type: 'text' })
  kind: string;

  @Column({ type: 'text' })
  reason: string;

  @Column({ type: 'text' })
  key: string;

  @Column({ name: 'subject_kind', type: 'text' })
  subjectKind: string;

  @Column({ name: 'subject_id', type: 'uuid' })
  subjectId: string;

  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'text', default: 'open' })
  state: 'open' | 'resolved';

  @Column({ type: 'text', nullable: true })
  owner: string | null;

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  @Column({ name: 'raised_at', type: 'timestamptz' })
  raisedAt: Date;

  @Column({ name: 'resolved_at', type: 'timestamptz', nullable: true })
  resolvedAt: Date | null;

  @Column({ type: 'text', nullable: true })
  resolution: string | null;

  @Column({ type: 'jsonb', nullable: true })
  detail: Record<string, number> | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
