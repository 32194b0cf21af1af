import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { PublicJwk } from '../../domain/smart.js';

/** A key that the product made for a connection. */
@Entity({ schema: 'fhir', name: 'signing_key' })
@Index('ix_signing_key_connection', ['organizationId', 'connectionId'])
export class SigningKeyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_signing_key' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_signing_key' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ name: 'public_jwk', type: 'jsonb' })
  publicJwk: PublicJwk;

  @Column({ name: 'private_sealed', type: 'bytea' })
  privateSealed: Buffer;

  @Column({ name: 'signs_from', type: 'timestamptz', nullable: true })
  signsFrom: Date | null;

  @Column({ name: 'gone_at', type: 'timestamptz', nullable: true })
  goneAt: Date | null;
}

/** Public keys of every hospital, for whoever asks: a directory without row security. */
@Entity({ schema: 'fhir', name: 'published_key' })
export class PublishedKeyEntity {
  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_published_key' })
  connectionId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_published_key' })
  kid: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId: string;

  @Column({ type: 'jsonb' })
  jwk: PublicJwk;

  @Column({ name: 'gone_at', type: 'timestamptz', nullable: true })
  goneAt: Date | null;
}
