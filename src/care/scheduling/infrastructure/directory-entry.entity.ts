import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The names of places and practitioners, and the zone of a place, as the EHR tells them. */
@Entity({ schema: 'scheduling', name: 'directory_entry' })
export class DirectoryEntryEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_directory_entry' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_directory_entry' })
  connectionId: string;

  /** `Location/12` or `Practitioner/12` */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_directory_entry' })
  reference: string;

  @Column({ type: 'text', nullable: true })
  name: string | null;

  @Column({ name: 'time_zone', type: 'text', nullable: true })
  timeZone: string | null;
}
