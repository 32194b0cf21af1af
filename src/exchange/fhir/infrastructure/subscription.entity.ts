import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

export type SubscriptionState = 'wanted' | 'requested' | 'active' | 'error' | 'off';

/** The Subscription that an EHR keeps for us, and how far its events have been heard. */
@Entity({ schema: 'fhir', name: 'subscription' })
@Check('ck_subscription_kind', `kind in ('rest-hook', 'backport')`)
@Check('ck_subscription_state', `state in ('wanted', 'requested', 'active', 'error', 'off')`)
@Index('ix_subscription_check', ['organizationId', 'checkAt'])
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_subscription_connection',
})
export class SubscriptionEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_subscription' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_subscription' })
  connectionId: string;

  @Column({ type: 'text' })
  kind: 'rest-hook' | 'backport';

  /** The EHR's id of it; null until it is made. */
  @Column({ name: 'fhir_id', type: 'text', nullable: true })
  fhirId: string | null;

  @Column({ type: 'text' })
  state: SubscriptionState;

  /** The highest event number heard of; null before the first. */
  @Column({ name: 'last_event', type: 'bigint', nullable: true })
  lastEvent: string | null;

  /** How often events were missing. */
  @Column({ type: 'int', default: 0 })
  gaps: number;

  /** How often it was asked for since it was last seen in the EHR. */
  @Column({ type: 'int', default: 0 })
  unseen: number;

  @Column({ name: 'made_at', type: 'timestamptz', nullable: true })
  madeAt: Date | null;

  @Column({ name: 'heard_at', type: 'timestamptz', nullable: true })
  heardAt: Date | null;

  @Column({ name: 'check_at', type: 'timestamptz' })
  checkAt: Date;

  @Column({ type: 'int', default: 0 })
  failures: number;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;
}
