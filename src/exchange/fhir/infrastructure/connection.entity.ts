import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Capabilities, SummaryCarrier } from '../domain/capabilities.js';
import type { ConnectionSettings, ContactFlag, EscrowKey, QuietHours } from '../domain/connection.js';
import type { Lost } from '../domain/lost.policy.js';

@Entity({ schema: 'fhir', name: 'connection' })
@Check('ck_connection_auth_type', `auth_type in ('none', 'basic', 'bearer', 'smart-backend')`)
@Check(
  'ck_connection_sync_strategy',
  `sync_strategy in ('auto', 'last-updated', 'window-scan', 'notify-then-read')`,
)
@Check('ck_connection_scan_by', `scan_by in ('auto', 'date', 'location', 'practitioner', 'patient', 'known')`)
@Check('ck_connection_appointment_write', `appointment_write in ('auto', 'L0', 'L1', 'L2', 'L3')`)
@Check('ck_connection_summary_carrier', `summary_carrier in ('auto', 'B', 'C', 'D', 'F')`)
@Check('ck_connection_learnt_carrier', `learnt_carrier in ('B', 'C', 'D', 'F')`)
@Check('ck_connection_summary_label', `summary_label in ('N', 'R', 'V')`)
@Check('ck_connection_subscription', `subscription in ('none', 'rest-hook', 'backport')`)
@Check('ck_connection_state', `state in ('active', 'paused')`)
@Check('ck_connection_auth', `(auth_type = 'none') = (auth_sealed is null)`)
@Index('ux_connection_name', ['organizationId', 'name'], { unique: true })
export class ConnectionEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_connection' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_connection' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'base_url', type: 'text' })
  baseUrl: string;

  @Column({ name: 'alternate_base_urls', type: 'text', array: true })
  alternateBaseUrls: string[];

  @Column({ type: 'text' })
  profile: string;

  @Column({ name: 'auth_type', type: 'text' })
  authType: 'none' | 'basic' | 'bearer' | 'smart-backend';

  @Column({ name: 'auth_sealed', type: 'bytea', nullable: true })
  authSealed: Buffer | null;

  @Column({ name: 'sync_strategy', type: 'text' })
  syncStrategy: ConnectionSettings['syncStrategy'];

  @Column({ name: 'scan_by', type: 'text' })
  scanBy: ConnectionSettings['scanBy'];

  @Column({ name: 'horizon_days', type: 'int' })
  horizonDays: number;

  @Column({ name: 'interval_seconds', type: 'int' })
  intervalSeconds: number;

  @Column({ name: 'overlap_seconds', type: 'int' })
  overlapSeconds: number;

  @Column({ type: 'text', array: true })
  locations: string[];

  @Column({ type: 'text', array: true })
  practitioners: string[];

  @Column({ name: 'requests_per_second', type: 'int' })
  requestsPerSecond: number;

  @Column({ type: 'int' })
  concurrency: number;

  @Column({ name: 'quiet_hours', type: 'jsonb', nullable: true })
  quietHours: QuietHours | null;

  @Column({ name: 'appointment_write', type: 'text' })
  appointmentWrite: ConnectionSettings['appointmentWrite'];

  @Column({ name: 'summary_carrier', type: 'text' })
  summaryCarrier: ConnectionSettings['summaryCarrier'];

  /** The carrier that it took after it had refused the one before; null: nothing was refused. */
  @Column({ name: 'learnt_carrier', type: 'text', nullable: true })
  learntCarrier: SummaryCarrier | null;

  @Column({ name: 'escrow_key', type: 'jsonb', nullable: true })
  escrowKey: EscrowKey | null;

  @Column({ name: 'summary_sender', type: 'text', nullable: true })
  summarySender: string | null;

  @Column({ name: 'summary_recipients', type: 'text', array: true })
  summaryRecipients: string[];

  @Column({ name: 'summary_label', type: 'text', nullable: true })
  summaryLabel: ConnectionSettings['summaryLabel'];

  @Column({ name: 'contact_flags', type: 'jsonb' })
  contactFlags: ContactFlag[];

  @Column({ name: 'hint_secrets_sealed', type: 'bytea', nullable: true })
  hintSecretsSealed: Buffer | null;

  @Column({ type: 'text' })
  subscription: ConnectionSettings['subscription'];

  @Column({ name: 'subscription_topic', type: 'text', nullable: true })
  subscriptionTopic: string | null;

  @Column({ name: 'allow_private_network', type: 'boolean' })
  allowPrivateNetwork: boolean;

  @Column({ type: 'text' })
  state: 'active' | 'paused';

  @Column({ type: 'jsonb', nullable: true })
  capabilities: Capabilities | null;

  /** What it could do before it could do less; null or empty: nothing is lost. */
  @Column({ type: 'jsonb', nullable: true })
  lost: Lost | null;

  @Column({ name: 'probed_at', type: 'timestamptz', nullable: true })
  probedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
