import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'organizations', name: 'organization' })
@Check('ck_organization_languages', `cardinality(languages) > 0`)
@Check('ck_organization_majority_age', 'majority_age between 1 and 30')
@Check('ck_organization_confidential_from', 'confidential_from between 1 and majority_age')
export class OrganizationEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_organization' })
  id: string;

  @Column({ type: 'text' })
  slug: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone: string;

  @Column({ type: 'text' })
  country: string;

  @Column({ type: 'text', array: true })
  languages: string[];

  @Column({ name: 'majority_age', type: 'int', default: 18 })
  majorityAge: number;

  @Column({ name: 'confidential_from', type: 'int', nullable: true })
  confidentialFrom: number | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}

@Entity({ schema: 'organizations', name: 'facility' })
@Index('ux_facility_location', ['organizationId', 'location'], { unique: true })
export class FacilityEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_facility' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_facility' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone: string;

  /** The EHR's `Location/…` that this is; empty for the hospital's own, which stands for all others. */
  @Column({ type: 'text', default: '' })
  location: string;
}

/** Found before the organization is known: no PHI, no row security. */
@Entity({ schema: 'organizations', name: 'directory' })
@Index('ux_directory_slug', ['slug'], { unique: true })
export class OrganizationDirectoryEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_directory' })
  organizationId: string;

  @Column({ type: 'text' })
  slug: string;
}
