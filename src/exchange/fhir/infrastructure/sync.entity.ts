import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { SyncFigures } from '../domain/figures.js';
import { ConnectionEntity } from './connection.entity.js';

@Entity({ schema: 'fhir', name: 'sync' })
@Check('ck_sync_state', `state in ('on', 'off')`)
@Index('ix_sync_due', ['organizationId', 'dueAt'], { where: `state = 'on'` })
@Index('ix_sync_probe_due', ['organizationId', 'probeDueAt'], { where: `state = 'on'` })
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_sync_connection',
})
export class SyncEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_sync' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_sync' })
  connectionId: string;

  @Column({ type: 'text' })
  state: 'on' | 'off';

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt: Date;

  /** When every day of the horizon is read again, whatever the strategy. */
  @Column({ name: 'full_due_at', type: 'timestamptz' })
  fullDueAt: Date;

  /** When the days after the next three are scanned again. */
  @Column({ name: 'rest_due_at', type: 'timestamptz' })
  restDueAt: Date;

  /** When the last complete full sync began. */
  @Column({ name: 'full_at', type: 'timestamptz', nullable: true })
  fullAt: Date | null;

  @Column({ name: 'probe_due_at', type: 'timestamptz' })
  probeDueAt: Date;

  /** When the copies of what we wrote were last counted. */
  @Column({ name: 'copies_counted_at', type: 'timestamptz', nullable: true })
  copiesCountedAt: Date | null;

  /** Everything that the EHR changed before this instant of its own clock is here. */
  @Column({ type: 'timestamptz', nullable: true })
  mark: Date | null;

  /** The same for patients alone, where only they can be asked for by their change. */
  @Column({ name: 'patients_mark', type: 'timestamptz', nullable: true })
  patientsMark: Date | null;

  /** When the last sync began, if the EHR changed while its pages were read: rows may have slipped past. */
  @Column({ name: 'unsteady_at', type: 'timestamptz', nullable: true })
  unsteadyAt: Date | null;

  /** Where visits are looked for, as far as it had to be found out: `Location/1`. */
  @Column({ type: 'text', array: true, default: () => `'{}'` })
  places: string[];

  @Column({ type: 'uuid', nullable: true })
  lease: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ name: 'complete_at', type: 'timestamptz', nullable: true })
  completeAt: Date | null;

  @Column({ type: 'int', default: 0 })
  failures: number;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;

  @Column({ type: 'jsonb', nullable: true })
  figures: SyncFigures | null;
}
