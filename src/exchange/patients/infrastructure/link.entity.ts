import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AddressEntity } from './address.entity.js';
import { PatientEntity } from './patient.entity.js';

/** A patient can be reached at an address. */
@Entity({ schema: 'patients', name: 'link' })
@Check('ck_link_source', `source in ('ehr', 'staff', 'patient')`)
@Check('ck_link_state', `state in ('active', 'ended')`)
@Index('ix_link_address', ['organizationId', 'addressId'], { where: `state = 'active'` })
@ForeignKey(() => PatientEntity, ['organizationId', 'patientId'], ['organizationId', 'id'], {
  name: 'fk_link_patient',
})
@ForeignKey(() => AddressEntity, ['organizationId', 'addressId'], ['organizationId', 'id'], {
  name: 'fk_link_address',
})
export class LinkEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_link' })
  organizationId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'uuid', primaryKeyConstraintName: 'pk_link' })
  patientId: string;

  @PrimaryColumn({ name: 'address_id', type: 'uuid', primaryKeyConstraintName: 'pk_link' })
  addressId: string;

  /** 1 is the first to try. */
  @Column({ type: 'int' })
  rank: number;

  @Column({ type: 'text' })
  source: 'ehr' | 'staff' | 'patient';

  @Column({ type: 'text' })
  state: 'active' | 'ended';

  /** The period that the EHR gives the number, on the hospital's calendar. */
  @Column({ name: 'begins_at', type: 'timestamptz', nullable: true })
  from: Date | null;

  @Column({ name: 'ends_at', type: 'timestamptz', nullable: true })
  until: Date | null;

  /** False: the number came to be shared, and nobody has said since that it reaches this patient. */
  @Column({ type: 'boolean', default: true })
  confirmed: boolean;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt: Date;
}
