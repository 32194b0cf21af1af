import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { DriftDay } from '../domain/drift-days.js';
import type { DifferenceKind } from '../domain/drift.policy.js';

export type DriftState = 'running' | 'complete' | 'incomplete' | 'failed';

/** What an EHR has beside what is planned here, in one window of time. */
@Entity({ schema: 'scheduling', name: 'drift_report' })
@Check('ck_drift_report_state', `state in ('running', 'complete', 'incomplete', 'failed')`)
@Check('ck_drift_report_ended', `(state = 'running') = (ended_at is null)`)
@Index('ux_drift_report_night', ['organizationId', 'connectionId', 'night'], {
  unique: true,
  where: 'night is not null',
})
export class DriftReportEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_drift_report' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_drift_report' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  /** The hospital's day for which it was made by itself; null when a person asked. */
  @Column({ type: 'date', nullable: true })
  night: string | null;

  @Column({ name: 'starts_from', type: 'timestamptz' })
  startsFrom: Date;

  @Column({ name: 'starts_until', type: 'timestamptz' })
  startsUntil: Date;

  @Column({ type: 'text' })
  state: DriftState;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;

  /** A process that died gives the night's report back then. */
  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  days: DriftDay[] | null;

  @Column({ type: 'int', default: 0 })
  ehr: number;

  @Column({ type: 'int', default: 0 })
  here: number;

  @Column({ type: 'int', default: 0 })
  settling: number;

  @Column({ type: 'int', default: 0 })
  differences: number;

  @Column({ name: 'begun_at', type: 'timestamptz' })
  begunAt: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;
}

/** One thing that differs. No names. */
@Entity({ schema: 'scheduling', name: 'drift_difference' })
@ForeignKey(() => DriftReportEntity, ['organizationId', 'reportId'], ['organizationId', 'id'], {
  name: 'fk_drift_difference_report',
  onDelete: 'CASCADE',
})
export class DriftDifferenceEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_drift_difference' })
  organizationId: string;

  @PrimaryColumn({ name: 'report_id', type: 'uuid', primaryKeyConstraintName: 'pk_drift_difference' })
  reportId: string;

  @PrimaryColumn({ type: 'int', primaryKeyConstraintName: 'pk_drift_difference' })
  position: number;

  @Column({ type: 'text' })
  kind: DifferenceKind;

  @Column({ type: 'date' })
  day: string;

  @Column({ type: 'text', nullable: true })
  facility: string | null;

  /** `Appointment/1` */
  @Column({ type: 'text' })
  reference: string;

  @Column({ name: 'appointment_id', type: 'uuid', nullable: true })
  appointmentId: string | null;

  @Column({ type: 'text', nullable: true })
  here: string | null;

  @Column({ type: 'text', nullable: true })
  ehr: string | null;
}
