import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { WriteState } from '../domain/write.states.js';
import { ConnectionEntity } from './connection.entity.js';

/** One resource that we put into an EHR, found again by its identifier. Never its content. */
@Entity({ schema: 'fhir', name: 'write' })
@Check('ck_write_state', `state in ('pending', 'sending', 'sent', 'unknown', 'refused', 'dead', 'withdrawn')`)
@Index('ix_write_sent', ['organizationId', 'connectionId', 'settledAt'], { where: `state = 'sent'` })
@Index('ix_write_spoilt', ['organizationId', 'connectionId'], { where: `spoilt_ids <> '{}'` })
@Index(
  'ux_write_identifier',
  ['organizationId', 'connectionId', 'type', 'identifierSystem', 'identifierValue'],
  {
    unique: true,
  },
)
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_write_connection',
})
export class WriteEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_write' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_write' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ type: 'text' })
  type: string;

  @Column({ name: 'identifier_system', type: 'text' })
  identifierSystem: string;

  @Column({ name: 'identifier_value', type: 'text' })
  identifierValue: string;

  /** `Patient/1`: all under whom it may lie in the EHR, to find it again; of a Provenance its targets. */
  @Column({ type: 'text', array: true, default: '{}' })
  subjects: string[];

  /** Copies of it that the EHR did not keep as they were given: they are not the record. */
  @Column({ name: 'spoilt_ids', type: 'text', array: true, default: '{}' })
  spoiltIds: string[];

  /** `Group/2`: one of those who get it. */
  @Column({ type: 'text', nullable: true })
  recipient: string | null;

  /** The time that it tells of. */
  @Column({ name: 'told_at', type: 'timestamptz', nullable: true })
  toldAt: Date | null;

  @Column({ type: 'text', default: 'pending' })
  state: WriteState;

  @Column({ type: 'uuid', nullable: true })
  lease: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  /** How often the create was sent. */
  @Column({ type: 'int', default: 0 })
  posts: number;

  /** When the create was last sent. */
  @Column({ name: 'posted_at', type: 'timestamptz', nullable: true })
  postedAt: Date | null;

  @Column({ name: 'fhir_id', type: 'text', nullable: true })
  fhirId: string | null;

  @Column({ name: 'version_id', type: 'text', nullable: true })
  versionId: string | null;

  /** How many the EHR had too many when it was last counted. */
  @Column({ type: 'int', default: 0 })
  extra: number;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;

  @Column({ name: 'begun_at', type: 'timestamptz' })
  begunAt: Date;

  @Column({ name: 'settled_at', type: 'timestamptz', nullable: true })
  settledAt: Date | null;
}
