import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'identity', name: 'api_key' })
@Index('ix_api_key_list', ['organizationId', 'createdAt', 'id'])
export class ApiKeyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_api_key' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_api_key' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  prefix: string;

  @Column({ type: 'text', array: true })
  scopes: string[];

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}

/** Found before the organization is known: hashes and ids only. A key without organization sees them all. */
@Entity({ schema: 'identity', name: 'api_key_directory' })
export class ApiKeyDirectoryEntity {
  @PrimaryColumn({ name: 'key_hash', type: 'bytea', primaryKeyConstraintName: 'pk_api_key_directory' })
  keyHash: Buffer;

  @Column({ name: 'key_id', type: 'uuid' })
  keyId: string;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId: string | null;
}
