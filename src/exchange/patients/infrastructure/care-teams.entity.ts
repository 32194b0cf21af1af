import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The care teams of one record, as the EHR last said it. */
@Entity({ schema: 'patients', name: 'care_teams' })
export class CareTeamsEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_care_teams' })
  organizationId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'uuid', primaryKeyConstraintName: 'pk_care_teams' })
  patientId: string;

  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt: Date;

  /** A list of teams; null: the EHR offers no CareTeam. */
  @Column({ type: 'bytea', nullable: true })
  sealed: Buffer | null;
}
