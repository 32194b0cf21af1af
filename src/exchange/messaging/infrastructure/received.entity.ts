import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ReceivedKind } from '../domain/records.js';

@Entity({ schema: 'messaging', name: 'received' })
@Check('ck_received_kind', `kind in ('text', 'button', 'interactive', 'other')`)
@Index('ux_received_wamid', ['organizationId', 'wamidIndex'], { unique: true })
@Index('ix_received_address', ['organizationId', 'addressId', 'at'])
export class ReceivedEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_received' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_received' })
  id: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  /** Whose key seals it; null: the contact's. */
  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  /** Blind: a wamid holds the phone number in base64. */
  @Column({ name: 'wamid_index', type: 'bytea' })
  wamidIndex: Buffer;

  @Column({ name: 'quoted_index', type: 'bytea', nullable: true })
  quotedIndex: Buffer | null;

  @Column({ type: 'text' })
  kind: ReceivedKind;

  /** Meta's own type: `image`, `system`. */
  @Column({ type: 'text' })
  type: string;

  @Column({ name: 'content_sealed', type: 'bytea' })
  contentSealed: Buffer;

  /** The whole text is an opt-out word. */
  @Column({ type: 'boolean', default: false })
  stop: boolean;

  @Column({ type: 'timestamptz' })
  at: Date;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt: Date;
}

/** One number and one contact: the customer service window and the pair's rate. */
@Entity({ schema: 'messaging', name: 'pair' })
export class PairEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_pair' })
  organizationId: string;

  @PrimaryColumn({ name: 'address_id', type: 'uuid', primaryKeyConstraintName: 'pk_pair' })
  addressId: string;

  @PrimaryColumn({ name: 'account_id', type: 'uuid', primaryKeyConstraintName: 'pk_pair' })
  accountId: string;

  /** Meta's timestamp of the newest message from this contact; only ever forward. */
  @Column({ name: 'last_inbound_at', type: 'timestamptz', nullable: true })
  lastInboundAt: Date | null;

  @Column({ name: 'paced_until', type: 'timestamptz', nullable: true })
  pacedUntil: Date | null;
}

/** A status whose message is not known yet. */
@Entity({ schema: 'messaging', name: 'early_status' })
@Check('ck_early_status_status', `status in ('sent', 'delivered', 'read', 'failed')`)
@Index('ix_early_status_seen', ['organizationId', 'seenAt'])
export class EarlyStatusEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_early_status' })
  organizationId: string;

  @PrimaryColumn({ name: 'wamid_index', type: 'bytea', primaryKeyConstraintName: 'pk_early_status' })
  wamidIndex: Buffer;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_early_status' })
  status: 'sent' | 'delivered' | 'read' | 'failed';

  @Column({ type: 'timestamptz' })
  at: Date;

  @Column({ type: 'int', nullable: true })
  code: number | null;

  @Column({ name: 'seen_at', type: 'timestamptz' })
  seenAt: Date;
}
