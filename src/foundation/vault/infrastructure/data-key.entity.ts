import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { SubjectKey } from '../domain/key-subject.js';

/** One generation of a subject's data key; once destroyed, a tombstone. */
@Entity({ schema: 'vault', name: 'data_key' })
@Check('ck_data_key_subject_kind', `subject_kind in ('organization', 'patient', 'contact')`)
@Check('ck_data_key_generation', `generation > 0`)
@Check(
  'ck_data_key_destroyed',
  `(wrapped is null) = (destroyed_at is not null) and (commitment is null) = (destroyed_at is not null)`,
)
export class DataKeyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_data_key' })
  organizationId: string;

  @PrimaryColumn({ name: 'subject_kind', type: 'text', primaryKeyConstraintName: 'pk_data_key' })
  subjectKind: SubjectKey['kind'];

  @PrimaryColumn({ name: 'subject_id', type: 'uuid', primaryKeyConstraintName: 'pk_data_key' })
  subjectId: string;

  @PrimaryColumn({ type: 'int', primaryKeyConstraintName: 'pk_data_key' })
  generation: number;

  /** Of the key-encryption key that wraps it. */
  @Column({ type: 'int' })
  epoch: number;

  @Column({ type: 'bytea', nullable: true })
  wrapped: Buffer | null;

  @Column({ type: 'bytea', nullable: true })
  commitment: Buffer | null;

  @Column({ name: 'made_at', type: 'timestamptz' })
  madeAt: Date;

  @Column({ name: 'destroyed_at', type: 'timestamptz', nullable: true })
  destroyedAt: Date | null;
}
