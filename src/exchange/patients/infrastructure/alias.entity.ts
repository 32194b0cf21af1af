import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AliasState } from '../domain/merge.policy.js';

/** What the EHR says, or once said: this record was replaced by that one. Records are never rewritten for it. */
@Entity({ schema: 'patients', name: 'alias' })
@Check('ck_alias_state', `state in ('active', 'waiting', 'loop', 'too-long', 'ended')`)
@Check('ck_alias_ended', `(state = 'ended') = (ended_at is not null)`)
@Check('ck_alias_two', 'merged_fhir_id <> survivor_fhir_id')
@Index('ux_alias_merged', ['organizationId', 'connectionId', 'mergedFhirId'], {
  unique: true,
  where: `state <> 'ended'`,
})
@Index('ix_alias_survivor', ['organizationId', 'connectionId', 'survivorFhirId'], {
  where: `state <> 'ended'`,
})
export class AliasEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_alias' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_alias' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  @Column({ name: 'merged_fhir_id', type: 'text' })
  mergedFhirId: string;

  /** The next of the chain, not its end. */
  @Column({ name: 'survivor_fhir_id', type: 'text' })
  survivorFhirId: string;

  @Column({ type: 'text' })
  state: AliasState;

  @Column({ type: 'timestamptz' })
  since: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  /** When a person said that the merged record's numbers are the survivor's too. */
  @Column({ name: 'confirmed_at', type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
