import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SummaryCarrier } from '../../../exchange/fhir/index.js';
import type { SummaryState, SummaryStatus, WithdrawalReason } from '../domain/summary.states.js';

@Entity({ schema: 'summaries', name: 'summary' })
@Check(
  'ck_summary_state',
  `state in ('held', 'composed', 'writing', 'unknown', 'written', 'kept', 'refused', 'dead', 'retracting', 'retracted')`,
)
@Check('ck_summary_retraction', `(state in ('retracting', 'retracted')) <= (retract_reason is not null)`)
@Check('ck_summary_carrier', `carrier in ('B', 'C', 'D', 'F')`)
@Check(
  'ck_summary_written',
  `state <> 'written' or (fhir_id is not null and connection_id is not null and written_at is not null)`,
)
@Index('ux_summary_conversation', ['organizationId', 'conversationId'], {
  unique: true,
  where: 'corrects_id is null',
})
@Index('ix_summary_corrects', ['organizationId', 'correctsId'], { where: 'corrects_id is not null' })
@Index('ix_summary_patient', ['organizationId', 'patientId', 'id'])
@Index('ix_summary_due', ['organizationId', 'dueAt'], {
  where: `state in ('composed', 'unknown', 'retracting')`,
})
@Index('ix_summary_waiting', ['organizationId', 'dueAt'], { where: `state = 'held'` })
@Index('ix_summary_lease', ['organizationId', 'leaseUntil'], { where: `state = 'writing'` })
export class SummaryEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_summary' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_summary' })
  id: string;

  @Column({ name: 'conversation_id', type: 'uuid' })
  conversationId: string;

  /** The first summary of the conversation, when this one corrects it. */
  @Column({ name: 'corrects_id', type: 'uuid', nullable: true })
  correctsId: string | null;

  /** Who wrote a correction: an opaque id. */
  @Column({ type: 'text', nullable: true })
  author: string | null;

  /** Why it was taken back. */
  @Column({ name: 'retract_reason', type: 'text', nullable: true })
  retractReason: WithdrawalReason | null;

  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'text' })
  state: SummaryState;

  /** `Appointment/…` references. */
  @Column({ type: 'text', array: true, default: '{}' })
  about: string[];

  @Column({ name: 'message_count', type: 'int', default: 0 })
  messageCount: number;

  @Column({ name: 'last_message_at', type: 'timestamptz', nullable: true })
  lastMessageAt: Date | null;

  /** The JWE exactly as it goes into the EHR: a second attempt writes the same bytes. */
  @Column({ name: 'record_sealed', type: 'bytea', nullable: true })
  recordSealed: Buffer | null;

  /** As it was sent last. */
  @Column({ type: 'text', nullable: true })
  carrier: SummaryCarrier | null;

  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt: Date | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  /** Set before the first try: null means that it cannot be in any EHR. */
  @Column({ name: 'connection_id', type: 'uuid', nullable: true })
  connectionId: string | null;

  @Column({ name: 'fhir_id', type: 'text', nullable: true })
  fhirId: string | null;

  @Column({ name: 'version_id', type: 'text', nullable: true })
  versionId: string | null;

  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ name: 'composed_at', type: 'timestamptz' })
  composedAt: Date;

  @Column({ name: 'written_at', type: 'timestamptz', nullable: true })
  writtenAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}

export function statusOf(summary: SummaryEntity): SummaryStatus {
  return {
    id: summary.id,
    conversationId: summary.conversationId,
    correctsId: summary.correctsId,
    patientId: summary.patientId,
    state: summary.state,
    communication: summary.fhirId && `Communication/${summary.fhirId}`,
    reason: summary.reason,
    composedAt: summary.composedAt,
    writtenAt: summary.writtenAt,
  };
}
