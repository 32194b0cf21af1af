import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** A record that is to be read, because somebody said that it has changed. */
@Entity({ schema: 'fhir', name: 'hint' })
@Index('ix_hint_due', ['organizationId', 'dueAt'])
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_hint_connection',
})
export class HintEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_hint' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_hint' })
  connectionId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_hint' })
  type: string;

  @PrimaryColumn({ name: 'fhir_id', type: 'text', primaryKeyConstraintName: 'pk_hint' })
  fhirId: string;

  /** Another with each hint: one that comes while the record is read is not lost with the one before. */
  @Column({ type: 'uuid' })
  token: string;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt: Date;

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  @Column({ type: 'int', default: 0 })
  attempts: number;
}

/** Whose connection this is, before the organization is known. No secret, no patient. */
@Entity({ schema: 'fhir', name: 'hint_directory' })
export class HintDirectoryEntity {
  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_hint_directory' })
  connectionId: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId: string;

  /** The connection's: what was opened of an older one is opened anew. */
  @Column({ type: 'int' })
  version: number;
}
