import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Band } from '../domain/bands.js';
import { ConnectionEntity } from './connection.entity.js';

/** One search of a scan: a place and some days. */
@Entity({ schema: 'fhir', name: 'scan_unit' })
@Check('ck_scan_unit_band', `band in ('near', 'rest', 'all')`)
@Check('ck_scan_unit_state', `state in ('open', 'done', 'failed')`)
@ForeignKey(() => ConnectionEntity, ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'fk_scan_unit_connection',
})
export class ScanUnitEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_scan_unit' })
  organizationId: string;

  @PrimaryColumn({ name: 'connection_id', type: 'uuid', primaryKeyConstraintName: 'pk_scan_unit' })
  connectionId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_scan_unit' })
  id: string;

  @Column({ type: 'text' })
  band: Band;

  /** `Location/1`, `Practitioner/1`, `Patient/1`; empty: none is named. */
  @Column({ type: 'text' })
  place: string;

  @Column({ name: 'from_at', type: 'timestamptz' })
  from: Date;

  @Column({ name: 'to_at', type: 'timestamptz' })
  to: Date;

  /** `failed`: given up until the next scan. */
  @Column({ type: 'text' })
  state: 'open' | 'done' | 'failed';

  @Column({ type: 'int', default: 0 })
  tries: number;

  @Column({ name: 'planned_at', type: 'timestamptz' })
  plannedAt: Date;

  /** The EHR's own clock at its first page. */
  @Column({ name: 'began_at', type: 'timestamptz', nullable: true })
  beganAt: Date | null;

  @Column({ name: 'fault_code', type: 'text', nullable: true })
  faultCode: string | null;
}
