import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { KeepableType, KeptState } from '../domain/kept.js';
import { ConnectionEntity } from './connection.entity.js';

/** One resource that an EHR did not offer to take: sealed under its patient's key until the EHR has it. */
@Entity({ schema: 'fhir', name: 'kept' })
@Check('ck_kept_type', `type in ('DocumentReference', 'Observation', 'QuestionnaireResponse')`)
@Check('ck_kept_state', `state in ('kept', 'written', 'refused', 'stopped')`)
@Check(
  'ck_kept_written',
  `(state = 'written') = (fhir_id is not null) and (state = 'written') = (sealed is null)`,
)
@Index('ix_kept_patient', ['organizationId', 'patientId', 'id'])
@Index('ix_kept_due', ['organizationId', 'dueAt'], { where: `state = 'kept'` })
@Index(
  'ux_kept_identifier',
  ['organizationId', 'connectionId', 'type', 'identifierSystem', 'identifierValue'],
  { unique: true },
)
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_kept_connection',
})
export class KeptEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_kept' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_kept' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  /** Resource id of the Patient that it names, which is also the patient's id. */
  @Column({ name: 'patient_id', type: 'uuid' })
  patientId: string;

  @Column({ type: 'text' })
  type: KeepableType;

  @Column({ name: 'identifier_system', type: 'text' })
  identifierSystem: string;

  @Column({ name: 'identifier_value', type: 'text' })
  identifierValue: string;

  @Column({ type: 'bytea', nullable: true })
  sealed: Buffer | null;

  @Column({ type: 'text', default: 'kept' })
  state: KeptState;

  @Column({ name: 'kept_at', type: 'timestamptz' })
  keptAt: Date;

  /** Null: not before the EHR is found to offer the type. */
  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt: Date | null;

  @Column({ name: 'fhir_id', type: 'text', nullable: true })
  fhirId: string | null;

  @Column({ name: 'written_at', type: 'timestamptz', nullable: true })
  writtenAt: Date | null;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;
}
