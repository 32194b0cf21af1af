import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The name and zone of a place, as the EHR tells them. */
@Entity({ schema: 'scheduling', name: 'place' })
export class PlaceEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_place' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_place' })
  connectionId: string;

  /** `Location/12` */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_place' })
  reference: string;

  @Column({ name: 'name_sealed', type: 'bytea', nullable: true })
  nameSealed: Buffer | null;

  @Column({ name: 'time_zone', type: 'text', nullable: true })
  timeZone: string | null;
}
