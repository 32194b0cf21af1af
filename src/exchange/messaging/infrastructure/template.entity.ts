import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TemplateComponent } from '../domain/template.js';

@Entity({ schema: 'messaging', name: 'template' })
@Check('ck_template_parameter_format', `parameter_format in ('POSITIONAL', 'NAMED')`)
@Index('ux_template_name', ['organizationId', 'businessAccountId', 'name', 'language'], { unique: true })
export class TemplateEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_template' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_template' })
  id: string;

  @Column({ name: 'business_account_id', type: 'text' })
  businessAccountId: string;

  @Column({ name: 'remote_id', type: 'text' })
  remoteId: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  language: string;

  /** Meta's word, or DELETED once Meta no longer lists it. */
  @Column({ type: 'text' })
  status: string;

  @Column({ type: 'text' })
  category: string;

  @Column({ name: 'parameter_format', type: 'text' })
  parameterFormat: 'POSITIONAL' | 'NAMED';

  @Column({ type: 'jsonb' })
  components: TemplateComponent[];

  /** The error code of a send that showed that this template cannot be used; cleared by the next reading. */
  @Column({ name: 'suspended_code', type: 'int', nullable: true })
  suspendedCode: number | null;

  @Column({ name: 'read_at', type: 'timestamptz' })
  readAt: Date;

  @Column({ type: 'int', default: 1 })
  version: number;
}
