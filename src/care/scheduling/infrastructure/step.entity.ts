import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { StepState, Undelivered } from '../domain/step.states.js';
import { AppointmentEntity } from './appointment.entity.js';
import { RuleEntity } from './rule.entity.js';

/** One reminder of one visit version. */
@Entity({ schema: 'scheduling', name: 'step' })
@Check('ck_step_state', `state in ('planned', 'handed', 'withdrawn', 'skipped', 'expired')`)
@Check('ck_step_message', `(state = 'handed') = (message_id is not null)`)
@Check('ck_step_reason', `state not in ('withdrawn', 'skipped') or reason is not null`)
@Check('ck_step_ended_at', `(state = 'planned') = (ended_at is null)`)
@Check(
  'ck_step_undelivered',
  `undelivered is null or (state = 'handed' and undelivered in ('refused', 'expired', 'failed', 'parked'))`,
)
@Index('ux_step_once', ['organizationId', 'appointmentId', 'visitVersion', 'ruleId'], { unique: true })
@Index('ix_step_due', ['organizationId', 'attemptAt'], { where: `state = 'planned'` })
@Index('ix_step_skipped', ['organizationId', 'dueAt', 'id'], {
  where: `state in ('withdrawn', 'skipped', 'expired') or undelivered is not null`,
})
@Index('ix_step_missed', ['organizationId', 'missedAt'], { where: `missed_at is not null` })
export class StepEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_step' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_step' })
  id: string;

  @Column({ name: 'appointment_id', type: 'uuid' })
  appointmentId: string;

  @Column({ name: 'visit_version', type: 'int' })
  visitVersion: number;

  @Column({ name: 'rule_id', type: 'uuid' })
  ruleId: string;

  @Column({ type: 'text', default: 'planned' })
  state: StepState;

  /** Why it ended as it did, or what a planned one waits for. */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  /** When the rule wants it. */
  @Column({ name: 'wanted_at', type: 'timestamptz' })
  wantedAt: Date;

  /** The same outside quiet hours. */
  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  @Column({ name: 'useful_until', type: 'timestamptz' })
  usefulUntil: Date;

  /** When it is tried (again): at first its due time. */
  @Column({ name: 'attempt_at', type: 'timestamptz' })
  attemptAt: Date;

  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  /** What the reminder tells, so that it is not told twice. */
  @Column({ name: 'starts_at', type: 'timestamptz' })
  startsAt: Date;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone: string;

  @Column({ name: 'place_reference', type: 'text', nullable: true })
  placeReference: string | null;

  @Column({ name: 'message_id', type: 'uuid', nullable: true })
  messageId: string | null;

  /** How its message ended, when not with the patient; null while it may yet arrive. */
  @Column({ type: 'text', nullable: true })
  undelivered: Undelivered | null;

  @Column({ name: 'undelivered_reason', type: 'text', nullable: true })
  undeliveredReason: string | null;

  /** When it was lost because its time had passed: an outage, or an EHR or a person that came too late. */
  @Column({ name: 'missed_at', type: 'timestamptz', nullable: true })
  missedAt: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'platform.now()' })
  createdAt: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @ManyToOne(() => AppointmentEntity)
  @JoinColumn([
    {
      name: 'organization_id',
      referencedColumnName: 'organizationId',
      foreignKeyConstraintName: 'fk_step_appointment',
    },
    { name: 'appointment_id', referencedColumnName: 'id', foreignKeyConstraintName: 'fk_step_appointment' },
  ])
  appointment?: Relation<AppointmentEntity>;

  @ManyToOne(() => RuleEntity)
  @JoinColumn([
    {
      name: 'organization_id',
      referencedColumnName: 'organizationId',
      foreignKeyConstraintName: 'fk_step_rule',
    },
    { name: 'rule_id', referencedColumnName: 'id', foreignKeyConstraintName: 'fk_step_rule' },
  ])
  rule?: Relation<RuleEntity>;
}
