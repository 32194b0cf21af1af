import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Capabilities } from '../domain/capabilities.js';

@Entity({ schema: 'fhir', name: 'connection' })
@Check('ck_connection_auth_type', `auth_type in ('none', 'basic', 'bearer')`)
@Check('ck_connection_sync_strategy', `sync_strategy in ('auto', 'last-updated', 'window-scan')`)
@Check('ck_connection_appointment_write', `appointment_write in ('auto', 'L0', 'L1', 'L2')`)
@Check('ck_connection_summary_carrier', `summary_carrier in ('auto', 'B', 'C', 'D', 'F')`)
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

  @Column({ type: 'text' })
  profile: string;

  @Column({ name: 'auth_type', type: 'text' })
  authType: 'none' | 'basic' | 'bearer';

  @Column({ name: 'auth_sealed', type: 'bytea', nullable: true })
  authSealed: Buffer | null;

  @Column({ name: 'sync_strategy', type: 'text' })
  syncStrategy: 'auto' | 'last-updated' | 'window-scan';

  @Column({ name: 'horizon_days', type: 'int' })
  horizonDays: number;

  @Column({ name: 'interval_seconds', type: 'int' })
  intervalSeconds: number;

  @Column({ type: 'text', array: true })
  locations: string[];

  @Column({ name: 'requests_per_second', type: 'int' })
  requestsPerSecond: number;

  @Column({ type: 'int' })
  concurrency: number;

  @Column({ name: 'appointment_write', type: 'text' })
  appointmentWrite: 'auto' | 'L0' | 'L1' | 'L2';

  @Column({ name: 'summary_carrier', type: 'text' })
  summaryCarrier: 'auto' | 'B' | 'C' | 'D' | 'F';

  @Column({ name: 'allow_private_network', type: 'boolean' })
  allowPrivateNetwork: boolean;

  @Column({ type: 'text' })
  state: 'active' | 'paused';

  @Column({ type: 'jsonb', nullable: true })
  capabilities: Capabilities | null;

  @Column({ name: 'probed_at', type: 'timestamptz', nullable: true })
  probedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
