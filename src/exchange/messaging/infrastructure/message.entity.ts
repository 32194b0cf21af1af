import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Purpose } from '../../consent/index.js';
import type { Content, Origin } from '../domain/content.js';
import type { MessageState } from '../domain/message.states.js';

const STATES = `'ready', 'claimed', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'parked', 'expired', 'refused'`;

/** The ledger: one row per message of ours. */
@Entity({ schema: 'messaging', name: 'message' })
@Check('ck_message_origin', `origin in ('reminder', 'reply', 'notice')`)
@Check('ck_message_kind', `kind in ('ordinary', 'stop-confirmation')`)
@Check('ck_message_content_kind', `content_kind in ('template', 'text', 'buttons')`)
@Check('ck_message_state', `state in (${STATES})`)
@Check(
  'ck_message_template',
  `(content_kind = 'template') = (template_name is not null and template_language is not null)`,
)
@Check(
  'ck_message_lease',
  `(state in ('claimed', 'sending')) = (lease_token is not null and lease_until is not null)`,
)
@Check('ck_message_resends', `resends in (0, 1)`)
@Check('ck_message_refused', `state <> 'refused' or reason is not null`)
@Check(
  'ck_message_consent',
  `state in ('ready', 'claimed', 'expired', 'refused') or kind = 'stop-confirmation' or (consent_id is not null and consent_version is not null and decided_at is not null)`,
)
@Index('ux_message_origin', ['organizationId', 'origin', 'originKey'], { unique: true })
@Index('ux_message_wamid', ['organizationId', 'wamidIndex'], {
  unique: true,
  where: `wamid_index is not null`,
})
@Index('ix_message_ready', ['organizationId', 'accountId', 'dueAt'], { where: `state = 'ready'` })
@Index('ix_message_useful', ['organizationId', 'usefulUntil'], { where: `state = 'ready'` })
@Index('ix_message_leased', ['organizationId', 'leaseUntil'], { where: `state in ('claimed', 'sending')` })
@Index('ix_message_unknown', ['organizationId', 'unknownAt'], { where: `state = 'unknown'` })
@Index('ix_message_set_aside', ['organizationId', 'accountId'], {
  where: `state in ('ready', 'claimed') and reason in ('gate-failed', 'token-unreadable')`,
})
@Index('ix_message_visit', ['organizationId', 'visitId'], { where: `state in ('ready', 'claimed')` })
@Index('ix_message_address', ['organizationId', 'addressId', 'createdAt'])
export class MessageEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_message' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_message' })
  id: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId: string;

  @Column({ type: 'text' })
  origin: Origin;

  /** Unique per origin: the database forbids the second row. */
  @Column({ name: 'origin_key', type: 'text' })
  originKey: string;

  /** The confirmation of an opt-out passes the gate without a consent and is counted apart. */
  @Column({ type: 'text', default: 'ordinary' })
  kind: 'ordinary' | 'stop-confirmation';

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'text' })
  purpose: Purpose;

  @Column({ name: 'visit_id', type: 'uuid', nullable: true })
  visitId: string | null;

  @Column({ name: 'content_kind', type: 'text' })
  contentKind: Content['kind'];

  @Column({ name: 'template_name', type: 'text', nullable: true })
  templateName: string | null;

  @Column({ name: 'template_language', type: 'text', nullable: true })
  templateLanguage: string | null;

  @Column({ name: 'content_sealed', type: 'bytea' })
  contentSealed: Buffer;

  @Column({ type: 'text', default: 'ready' })
  state: MessageState;

  /** A code: why it was refused, or waits. */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  /** Meta's error code. */
  @Column({ name: 'failure_code', type: 'int', nullable: true })
  failureCode: number | null;

  @Column({ type: 'int', default: 0 })
  tries: number;

  /** How often it went again after no answer came; at most once. */
  @Column({ type: 'int', default: 0 })
  resends: number;

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  /** Not begun after this instant. */
  @Column({ name: 'useful_until', type: 'timestamptz' })
  usefulUntil: Date;

  @Column({ name: 'lease_token', type: 'uuid', nullable: true })
  leaseToken: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  /** The decision relied on at the moment of sending. */
  @Column({ name: 'consent_id', type: 'uuid', nullable: true })
  consentId: string | null;

  @Column({ name: 'consent_version', type: 'int', nullable: true })
  consentVersion: number | null;

  @Column({ name: 'decided_at', type: 'timestamptz', nullable: true })
  decidedAt: Date | null;

  /** Blind: a wamid holds the phone number in base64. */
  @Column({ name: 'wamid_index', type: 'bytea', nullable: true })
  wamidIndex: Buffer | null;

  @Column({ name: 'wamid_sealed', type: 'bytea', nullable: true })
  wamidSealed: Buffer | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'accepted_at', type: 'timestamptz', nullable: true })
  acceptedAt: Date | null;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt: Date | null;

  /** Null when Meta told `read` alone. */
  @Column({ name: 'delivered_at', type: 'timestamptz', nullable: true })
  deliveredAt: Date | null;

  @Column({ name: 'read_at', type: 'timestamptz', nullable: true })
  readAt: Date | null;

  @Column({ name: 'failed_at', type: 'timestamptz', nullable: true })
  failedAt: Date | null;

  /** Since when an attempt has had no answer. */
  @Column({ name: 'unknown_at', type: 'timestamptz', nullable: true })
  unknownAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
