import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AddressEntity } from './address.entity.js';

/** A RelatedPerson of the EHR, without what identifies a person. */
@Entity({ schema: 'patients', name: 'proxy' })
@Index('ix_proxy_patient', ['organizationId', 'connectionId', 'patientFhirId'])
export class ProxyEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_proxy' })
  organizationId: string;

  /** The fhir module's stable id of the EHR's row. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_proxy' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ name: 'fhir_id', type: 'text' })
  fhirId: string;

  /** Of the patient whom the row names. */
  @Column({ name: 'patient_fhir_id', type: 'text' })
  patientFhirId: string;

  /** v3-RoleCode of a guardian; null: related in another way. */
  @Column({ type: 'text', nullable: true })
  code: string | null;

  @Column({ type: 'boolean' })
  active: boolean;

  @Column({ name: 'begins_at', type: 'timestamptz', nullable: true })
  from: Date | null;

  @Column({ name: 'ends_at', type: 'timestamptz', nullable: true })
  until: Date | null;

  /** Why no number of the row can be used, as a code; null when one can. */
  @Column({ name: 'contact_fault', type: 'text', nullable: true })
  contactFault: string | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}

/** Where a proxy can be reached. */
@Entity({ schema: 'patients', name: 'proxy_address' })
@Index('ix_proxy_address_address', ['organizationId', 'addressId'])
@ForeignKey(() => ProxyEntity, ['organizationId', 'proxyId'], ['organizationId', 'id'], {
  name: 'fk_proxy_address_proxy',
})
@ForeignKey(() => AddressEntity, ['organizationId', 'addressId'], ['organizationId', 'id'], {
  name: 'fk_proxy_address_address',
})
export class ProxyAddressEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_proxy_address' })
  organizationId: string;

  @PrimaryColumn({ name: 'proxy_id', type: 'uuid', primaryKeyConstraintName: 'pk_proxy_address' })
  proxyId: string;

  @PrimaryColumn({ name: 'address_id', type: 'uuid', primaryKeyConstraintName: 'pk_proxy_address' })
  addressId: string;

  /** 1 is the first to try. */
  @Column({ type: 'int' })
  rank: number;

  @Column({ name: 'begins_at', type: 'timestamptz', nullable: true })
  from: Date | null;

  @Column({ name: 'ends_at', type: 'timestamptz', nullable: true })
  until: Date | null;
}
