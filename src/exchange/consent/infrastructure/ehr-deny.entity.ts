import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Purpose } from '../domain/consent.js';
import type { DenySource } from '../domain/ehr-deny.policy.js';

/** The EHR says that a patient is not to be written to for a purpose, and where it says so. */
@Entity({ schema: 'consent', name: 'ehr_deny' })
@Check(
  'ck_ehr_deny_purpose',
  `purpose in ('appointment-reminders', 'care-conversation', 'education', 'surveys', 'monitoring')`,
)
@Check('ck_ehr_deny_source', `source in ('consent', 'contact-flag')`)
export class EhrDenyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_ehr_deny' })
  organizationId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'uuid', primaryKeyConstraintName: 'pk_ehr_deny' })
  patientId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_ehr_deny' })
  purpose: Purpose;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_ehr_deny' })
  source: DenySource;

  @Column({ type: 'timestamptz' })
  since: Date;
}

/** When the EHR was last asked about a patient, and when it is next. */
@Entity({ schema: 'consent', name: 'ehr_check' })
@Index('ix_ehr_check_due', ['organizationId', 'dueAt'])
export class EhrCheckEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_ehr_check' })
  organizationId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'uuid', primaryKeyConstraintName: 'pk_ehr_check' })
  patientId: string;

  @Column({ name: 'checked_at', type: 'timestamptz', nullable: true })
  checkedAt: Date | null;

  /** Null: not before somebody agrees or is to be written to. */
  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt: Date | null;
}
