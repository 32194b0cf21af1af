import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** A row of the EHR that cannot be used, until a later version can. */
@Entity({ schema: 'fhir', name: 'quarantine' })
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_quarantine_connection',
})
export class QuarantineEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_quarantine' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_quarantine' })
  connectionId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_quarantine' })
  type: string;

  @PrimaryColumn({ name: 'fhir_id', type: 'text', primaryKeyConstraintName: 'pk_quarantine' })
  fhirId: string;

  @Column({ name: 'version_id', type: 'text', nullable: true })
  versionId: string | null;

  @Column({ type: 'text' })
  reason: string;

  @Column({ name: 'first_seen_at', type: 'timestamptz' })
  firstSeenAt: Date;

  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt: Date;
}
