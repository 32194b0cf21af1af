import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Where a service, a role, a schedule or a slot leads to: ids only. */
@Entity({ schema: 'scheduling', name: 'way' })
@Index('ix_way_look', ['organizationId', 'lookAt'])
export class WayEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_way' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_way' })
  connectionId: string;

  /** `HealthcareService/3`, `PractitionerRole/4`, `Slot/9` */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_way' })
  reference: string;

  /** `Location/12`; empty when it leads nowhere. */
  @Column({ type: 'text', array: true, default: () => `'{}'` })
  locations: string[];

  @Column({ type: 'text', nullable: true })
  practitioner: string | null;

  /** Null until the EHR has been asked. */
  @Column({ name: 'read_at', type: 'timestamptz', nullable: true })
  readAt: Date | null;

  /** When it is asked next. */
  @Column({ name: 'look_at', type: 'timestamptz' })
  lookAt: Date;
}
