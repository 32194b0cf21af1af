import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { FollowedType } from '../domain/rows.js';

/** What is known of a resource without its content. */
@Entity({ schema: 'fhir', name: 'resource' })
@Check('ck_resource_type', `type in ('Patient', 'RelatedPerson', 'Practitioner', 'Location', 'Appointment')`)
@Index('ux_resource_fhir_id', ['organizationId', 'connectionId', 'type', 'fhirId'], { unique: true })
@Index('ix_resource_starts', ['organizationId', 'connectionId', 'startsAt'], {
  where: `type = 'Appointment' and gone_at is null`,
})
@Index('ix_resource_needed', ['organizationId', 'connectionId', 'neededUntil'], {
  where: 'gone_at is null and needed_until is not null',
})
@Index('ix_resource_forbidden', ['organizationId', 'connectionId', 'forbiddenAt'], {
  where: 'forbidden_at is not null',
})
@Index('ix_resource_refresh', ['organizationId', 'connectionId', 'refreshAt'], {
  where: 'refresh_at is not null',
})
export class ResourceEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_resource' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_resource' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ type: 'text' })
  type: FollowedType;

  @Column({ name: 'fhir_id', type: 'text' })
  fhirId: string;

  @Column({ name: 'version_id', type: 'text', nullable: true })
  versionId: string | null;

  /** SHA-256 of the canonical JSON without `meta`. */
  @Column({ type: 'bytea' })
  hash: Buffer;

  @Column({ name: 'last_updated', type: 'timestamptz', nullable: true })
  lastUpdated: Date | null;

  /** Appointments only. */
  @Column({ name: 'starts_at', type: 'timestamptz', nullable: true })
  startsAt: Date | null;

  /** The latest start among the appointments that name it. */
  @Column({ name: 'needed_until', type: 'timestamptz', nullable: true })
  neededUntil: Date | null;

  /** When it was last stored or read by its id; that a search showed the same again leaves no trace. */
  @Column({ name: 'read_at', type: 'timestamptz' })
  readAt: Date;

  /** Since when it waits to be read by its id, because no search shows it. */
  @Column({ name: 'refresh_at', type: 'timestamptz', nullable: true })
  refreshAt: Date | null;

  /** Since when nobody needs it: of its content nothing is known any more. */
  @Column({ name: 'let_go_at', type: 'timestamptz', nullable: true })
  letGoAt: Date | null;

  @Column({ name: 'gone_at', type: 'timestamptz', nullable: true })
  goneAt: Date | null;

  /** Break-the-glass, when it was last refused: nothing is asked for it for a day. */
  @Column({ name: 'restricted_at', type: 'timestamptz', nullable: true })
  restrictedAt: Date | null;

  /** Since when the EHR refuses to show it, break-the-glass or not. */
  @Column({ name: 'forbidden_at', type: 'timestamptz', nullable: true })
  forbiddenAt: Date | null;
}
