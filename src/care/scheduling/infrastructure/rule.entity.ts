import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'scheduling', name: 'reminder_rule' })
@Index('ux_reminder_rule_active_key', ['organizationId', 'key'], { unique: true, where: 'active' })
export class RuleEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_reminder_rule' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_reminder_rule' })
  id: string;

  @Column({ type: 'text' })
  key: string;

  @Column({ type: 'text' })
  before: string;

  @Column({ type: 'text' })
  template: string;

  @Column({ type: 'boolean', default: false })
  pending: boolean;

  /** A rule that left the setup file stays for the steps that it made. */
  @Column({ type: 'boolean', default: true })
  active: boolean;

  @Column({ type: 'int', default: 1 })
  version: number;
}

@Entity({ schema: 'scheduling', name: 'quiet_hours' })
export class QuietHoursEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_quiet_hours' })
  organizationId: string;

  @Column({ type: 'text' })
  begins: string;

  @Column({ type: 'text' })
  ends: string;

  @Column({ type: 'int', default: 1 })
  version: number;
}
