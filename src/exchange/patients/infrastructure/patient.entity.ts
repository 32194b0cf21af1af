import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'patients', name: 'patient' })
@Check('ck_patient_majority_check', 'not minor or majority_check_at is not null')
@Index('ux_patient_fhir_id', ['organizationId', 'connectionId', 'fhirId'], { unique: true })
@Index('ix_patient_survivor', ['organizationId', 'survivorId'], { where: 'survivor_id is not null' })
@Index('ix_patient_majority', ['organizationId', 'majorityCheckAt'], {
  where: 'majority_check_at is not null',
})
@Index('ix_patient_proxies', ['organizationId', 'proxiesDueAt'], { where: 'proxies_due_at is not null' })
export class PatientEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_patient' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_patient' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ name: 'fhir_id', type: 'text' })
  fhirId: string;

  @Column({ name: 'names_sealed', type: 'bytea' })
  namesSealed: Buffer;

  @Column({ name: 'birth_date_sealed', type: 'bytea', nullable: true })
  birthDateSealed: Buffer | null;

  @Column({ type: 'text', nullable: true })
  language: string | null;

  @Column({ type: 'boolean' })
  deceased: boolean;

  @Column({ type: 'boolean' })
  active: boolean;

  @Column({ type: 'boolean' })
  minor: boolean;

  /** Messages go to a guardian, until `majorityCheckAt`. */
  @Column({ name: 'by_proxy', type: 'boolean', default: false })
  byProxy: boolean;

  /** The same from `majorityCheckAt` on, so that it changes at midnight and not when somebody has looked. */
  @Column({ name: 'by_proxy_next', type: 'boolean', default: false })
  byProxyNext: boolean;

  /** When to look again how old the patient counts as: the next midnight of the hospital. */
  @Column({ name: 'majority_check_at', type: 'timestamptz', nullable: true })
  majorityCheckAt: Date | null;

  /** Why no number of the EHR can be used, as a code; null when one can. */
  @Column({ name: 'contact_fault', type: 'text', nullable: true })
  contactFault: string | null;

  /** The record that stands for this one: the end of its chain of merges. Follows from the aliases. */
  @Column({ name: 'survivor_id', type: 'uuid', nullable: true })
  survivorId: string | null;

  /** Since when nobody knows this record any more. */
  @Column({ name: 'erased_at', type: 'timestamptz', nullable: true })
  erasedAt: Date | null;

  /** What staff should mend in the EHR's numbers, as a code; null when nothing. */
  @Column({ name: 'contact_review', type: 'text', nullable: true })
  contactReview: string | null;

  /** When to ask the EHR who speaks for the patient. */
  @Column({ name: 'proxies_due_at', type: 'timestamptz', nullable: true })
  proxiesDueAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
