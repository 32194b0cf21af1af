import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Consent, ConsentMethod, ConsentStatus, GivenBy, Purpose } from '../domain/consent.js';

const METHOD_CHECK = `method in ('paper', 'web', 'verbal', 'whatsapp')`;
const STATUS_CHECK = `status in ('active', 'inactive')`;

/** How a consent stands now. */
@Entity({ schema: 'consent', name: 'consent' })
@Check('ck_consent_status', STATUS_CHECK)
@Check('ck_consent_method', METHOD_CHECK)
@Check(
  'ck_consent_purpose',
  `purpose in ('appointment-reminders', 'care-conversation', 'education', 'surveys', 'monitoring')`,
)
@Check('ck_consent_given_by', `given_by in ('patient', 'proxy')`)
@Index('ux_consent_subject', ['organizationId', 'addressId', 'patientId', 'purpose'], { unique: true })
@Index('ix_consent_patient', ['organizationId', 'patientId'])
export class ConsentEntity implements Consent {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_consent' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_consent' })
  id: string;

  @Column({ name: 'patient_id', type: 'uuid' })
  patientId: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  @Column({ type: 'text' })
  purpose: Purpose;

  @Column({ type: 'text' })
  status: ConsentStatus;

  @Column({ type: 'text' })
  method: ConsentMethod;

  @Column({ name: 'wording_version', type: 'text' })
  wordingVersion: string;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt: Date;

  @Column({ name: 'given_by', type: 'text', default: 'patient' })
  givenBy: GivenBy;

  @Column({ type: 'int', default: 1 })
  version: number;
}

/** One version of a consent and what shows it. Only ever added. */
@Entity({ schema: 'consent', name: 'change' })
@Check('ck_change_status', STATUS_CHECK)
@Check('ck_change_method', METHOD_CHECK)
@Index('ux_change_version', ['organizationId', 'consentId', 'version'], { unique: true })
@ForeignKey(() => ConsentEntity, ['organizationId', 'consentId'], ['organizationId', 'id'], {
  name: 'fk_change_consent',
})
export class ConsentChangeEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_change' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_change' })
  id: string;

  @Column({ name: 'consent_id', type: 'uuid' })
  consentId: string;

  @Column({ type: 'int' })
  version: number;

  @Column({ type: 'text' })
  status: ConsentStatus;

  @Column({ type: 'text' })
  method: ConsentMethod;

  @Column({ name: 'wording_version', type: 'text' })
  wordingVersion: string;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt: Date;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt: Date;

  /** The opaque id of who changed it. */
  @Column({ type: 'text' })
  actor: string;

  /** The withdrawal that ended it. */
  @Column({ name: 'withdrawal_id', type: 'uuid', nullable: true })
  withdrawalId: string | null;

  @Column({ name: 'evidence_sealed', type: 'bytea', nullable: true })
  evidenceSealed: Buffer | null;

  @Column({ name: 'other_channel_sealed', type: 'bytea', nullable: true })
  otherChannelSealed: Buffer | null;
}

/** An opt-out: of everything on an address, or of one consent. Only ever added. */
@Entity({ schema: 'consent', name: 'withdrawal' })
@Check('ck_withdrawal_method', METHOD_CHECK)
@Index('ix_withdrawal_address', ['organizationId', 'addressId', 'recordedAt'])
export class WithdrawalEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_withdrawal' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_withdrawal' })
  id: string;

  @Column({ name: 'address_id', type: 'uuid' })
  addressId: string;

  /** Null: every purpose of every patient on the address. */
  @Column({ name: 'consent_id', type: 'uuid', nullable: true })
  consentId: string | null;

  @Column({ type: 'text' })
  method: ConsentMethod;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt: Date;

  @Column({ name: 'evidence_sealed', type: 'bytea', nullable: true })
  evidenceSealed: Buffer | null;
}
