import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { VisitClass } from '../domain/visit.policy.js';

/** One patient's part in one Appointment of the EHR. No names, no free text. */
@Entity({ schema: 'scheduling', name: 'appointment' })
@Check('ck_appointment_class', `class in ('booked', 'pending', 'not-live')`)
@Check('ck_appointment_mode', `mode in ('in-person', 'virtual')`)
@Check('ck_appointment_ends_at', `ends_at >= starts_at`)
@Index('ux_appointment_part', ['organizationId', 'resourceId', 'patientReference'], { unique: true })
@Index('ix_appointment_start', ['organizationId', 'startsAt', 'id'])
@Index('ix_appointment_patient', ['organizationId', 'patientId', 'startsAt', 'id'])
@Index('ix_appointment_plan', ['organizationId', 'planAt'], { where: 'plan_at is not null' })
export class AppointmentEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_appointment' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_appointment' })
  id: string;

  @Column({ name: 'connection_id', type: 'uuid' })
  connectionId: string;

  /** The fhir module's stable id of the EHR's row. */
  @Column({ name: 'resource_id', type: 'uuid' })
  resourceId: string;

  @Column({ name: 'fhir_id', type: 'text' })
  fhirId: string;

  @Column({ name: 'version_id', type: 'text', nullable: true })
  versionId: string | null;

  @Column({ name: 'patient_reference', type: 'text' })
  patientReference: string;

  /** Null until the patient has been read. */
  @Column({ name: 'patient_id', type: 'uuid', nullable: true })
  patientId: string | null;

  @Column({ type: 'boolean', default: true })
  present: boolean;

  @Column({ type: 'text' })
  status: string;

  @Column({ name: 'participant_status', type: 'text' })
  participantStatus: string;

  @Column({ name: 'class', type: 'text' })
  visitClass: VisitClass;

  @Column({ name: 'starts_at', type: 'timestamptz' })
  startsAt: Date;

  @Column({ name: 'ends_at', type: 'timestamptz', nullable: true })
  endsAt: Date | null;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone: string;

  /** What the zone was worked out from: `=<zone on the start>`, places, services, roles, slots. */
  @Column({ name: 'zone_from', type: 'text', default: '' })
  zoneFrom: string;

  @Column({ type: 'text' })
  mode: 'in-person' | 'virtual';

  @Column({ name: 'place_reference', type: 'text', nullable: true })
  placeReference: string | null;

  @Column({ name: 'practitioner_reference', type: 'text', nullable: true })
  practitionerReference: string | null;

  @Column({ name: 'group_visit', type: 'boolean', default: false })
  groupVisit: boolean;

  @Column({ name: 'visit_version', type: 'int', default: 1 })
  visitVersion: number;

  /** Up to this visit version no message of an older one can leave any more. */
  @Column({ name: 'fenced_version', type: 'int', default: 1 })
  fencedVersion: number;

  @Column({ name: 'confirmed_at', type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  @Column({ name: 'confirmed_version', type: 'int', nullable: true })
  confirmedVersion: number | null;

  @Column({ name: 'cancel_asked_at', type: 'timestamptz', nullable: true })
  cancelAskedAt: Date | null;

  @Column({ name: 'cancel_asked_version', type: 'int', nullable: true })
  cancelAskedVersion: number | null;

  /** When the steps are to be planned anew; null when they are as they should be. */
  @Column({ name: 'plan_at', type: 'timestamptz', nullable: true })
  planAt: Date | null;

  @Column({ name: 'plan_attempts', type: 'int', default: 0 })
  planAttempts: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'platform.now()' })
  createdAt: Date;

  @Column({ type: 'int', default: 1 })
  version: number;
}
