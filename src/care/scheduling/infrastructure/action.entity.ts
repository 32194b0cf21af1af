import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ActionState } from '../domain/action.policy.js';
import type { ActionKind } from '../domain/tap.policy.js';
import { AppointmentEntity } from './appointment.entity.js';

/** What a patient asked for by a tap, and what became of it. */
@Entity({ schema: 'scheduling', name: 'action' })
@Check('ck_action_kind', `kind in ('confirm', 'cancel')`)
@Check('ck_action_state', `state in ('asked', 'written', 'passed', 'overtaken')`)
@Check('ck_action_ended_at', `(state = 'asked') = (ended_at is null)`)
@Check('ck_action_passed', `state <> 'passed' or work_item_id is not null`)
@Index('ux_action_received', ['organizationId', 'receivedId'], { unique: true })
@Index('ix_action_appointment', ['organizationId', 'appointmentId', 'askedAt'])
@Index('ix_action_due', ['organizationId', 'attemptAt'], { where: `state = 'asked'` })
export class ActionEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_action' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_action' })
  id: string;

  @Column({ name: 'appointment_id', type: 'uuid' })
  appointmentId: string;

  @Column({ name: 'visit_version', type: 'int' })
  visitVersion: number;

  @Column({ type: 'text' })
  kind: ActionKind;

  @Column({ name: 'patient_id', type: 'uuid' })
  patientId: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  @Column({ name: 'account_id', type: 'uuid', nullable: true })
  accountId: string | null;

  /** The inbound message that asked. */
  @Column({ name: 'received_id', type: 'uuid' })
  receivedId: string;

  @Column({ type: 'text', default: 'asked' })
  state: ActionState;

  /** Why it could not be written, or what it waits for. */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ name: 'attempt_at', type: 'timestamptz' })
  attemptAt: Date;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  /** The tap's own time, by Meta. */
  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  @Column({ name: 'work_item_id', type: 'uuid', nullable: true })
  workItemId: string | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @ManyToOne(() => AppointmentEntity)
  @JoinColumn([
    {
      name: 'organization_id',
      referencedColumnName: 'organizationId',
      foreignKeyConstraintName: 'fk_action_appointment',
    },
    { name: 'appointment_id', referencedColumnName: 'id', foreignKeyConstraintName: 'fk_action_appointment' },
  ])
  appointment?: Relation<AppointmentEntity>;
}
