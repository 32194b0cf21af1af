import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ActionKind } from '../domain/tap.policy.js';
import { StepEntity } from './step.entity.js';

/** What a button of one sent reminder stands for. The token itself is not kept. */
@Entity({ schema: 'scheduling', name: 'button_token' })
@Check('ck_button_token_action', `action in ('confirm', 'cancel')`)
@Check('ck_button_token_used', `(used_at is null) = (used_by is null)`)
export class ButtonTokenEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_button_token' })
  organizationId: string;

  @PrimaryColumn({ name: 'token_hash', type: 'bytea', primaryKeyConstraintName: 'pk_button_token' })
  tokenHash: Buffer;

  @Column({ name: 'step_id', type: 'uuid' })
  stepId: string;

  @Column({ name: 'appointment_id', type: 'uuid' })
  appointmentId: string;

  @Column({ name: 'visit_version', type: 'int' })
  visitVersion: number;

  @Column({ type: 'text' })
  action: ActionKind;

  @Column({ name: 'patient_id', type: 'uuid' })
  patientId: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt: Date | null;

  /** The inbound message that used it. */
  @Column({ name: 'used_by', type: 'uuid', nullable: true })
  usedBy: string | null;

  @ManyToOne(() => StepEntity)
  @JoinColumn([
    {
      name: 'organization_id',
      referencedColumnName: 'organizationId',
      foreignKeyConstraintName: 'fk_button_token_step',
    },
    { name: 'step_id', referencedColumnName: 'id', foreignKeyConstraintName: 'fk_button_token_step' },
  ])
  step?: Relation<StepEntity>;
}
