import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** One business phone number, and how to speak for it. */
@Entity({ schema: 'messaging', name: 'account' })
@Check('ck_account_state', `state in ('active', 'disabled')`)
@Index('ux_account_name', ['organizationId', 'name'], { unique: true })
@Index('ux_account_phone_number', ['organizationId', 'phoneNumberId'], { unique: true })
export class AccountEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_account' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_account' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'graph_base_url', type: 'text' })
  graphBaseUrl: string;

  @Column({ name: 'business_account_id', type: 'text' })
  businessAccountId: string;

  @Column({ name: 'phone_number_id', type: 'text' })
  phoneNumberId: string;

  /** As Meta shows it; null until it was first read. */
  @Column({ name: 'display_number', type: 'text', nullable: true })
  displayNumber: string | null;

  @Column({ name: 'access_token_sealed', type: 'bytea' })
  accessTokenSealed: Buffer;

  /** A JSON list of one secret, or of two while one replaces the other. */
  @Column({ name: 'app_secrets_sealed', type: 'bytea' })
  appSecretsSealed: Buffer;

  @Column({ name: 'verify_token_sealed', type: 'bytea' })
  verifyTokenSealed: Buffer;

  @Column({ name: 'allow_private_network', type: 'boolean', default: false })
  allowPrivateNetwork: boolean;

  @Column({ type: 'text', default: 'active' })
  state: 'active' | 'disabled';

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'int', default: 1 })
  version: number;
}

/** Whose number a webhook speaks of: found before the organization is known, no PHI, no row security. */
@Entity({ schema: 'messaging', name: 'number_directory' })
@Index('ux_number_directory_account', ['organizationId', 'accountId'], { unique: true })
export class NumberDirectoryEntity {
  @PrimaryColumn({ name: 'phone_number_id', type: 'text', primaryKeyConstraintName: 'pk_number_directory' })
  phoneNumberId: string;

  @Column({ name: 'business_account_id', type: 'text' })
  businessAccountId: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId: string;

  /** The account's, so that every process sees at once that its secrets changed. */
  @Column({ type: 'int' })
  version: number;
}

/** How the account's channel to Meta is doing. */
@Entity({ schema: 'messaging', name: 'channel' })
@Check('ck_channel_rate', `messages_per_second > 0`)
@Check('ck_channel_held', `num_nulls(held_code, held_until, held_scope) in (0, 3)`)
@Check('ck_channel_held_scope', `held_scope in ('all', 'templates')`)
@ForeignKey(() => AccountEntity, ['organizationId', 'accountId'], ['organizationId', 'id'], {
  name: 'fk_channel_account',
})
export class ChannelEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_channel' })
  organizationId: string;

  @PrimaryColumn({ name: 'account_id', type: 'uuid', primaryKeyConstraintName: 'pk_channel' })
  accountId: string;

  @Column({ name: 'messages_per_second', type: 'int' })
  messagesPerSecond: number;

  /** The instant up to which the number's rate is used up. */
  @Column({ name: 'paced_until', type: 'timestamptz', nullable: true })
  pacedUntil: Date | null;

  /** Meta asked us to slow down: nothing before this. */
  @Column({ name: 'slow_until', type: 'timestamptz', nullable: true })
  slowUntil: Date | null;

  /** Meta's code for why nothing may go out at all; null when all is well. */
  @Column({ name: 'held_code', type: 'int', nullable: true })
  heldCode: number | null;

  @Column({ name: 'held_until', type: 'timestamptz', nullable: true })
  heldUntil: Date | null;

  /** Whether replies inside the window may still go. */
  @Column({ name: 'held_scope', type: 'text', nullable: true })
  heldScope: 'all' | 'templates' | null;

  @Column({ name: 'templates_due_at', type: 'timestamptz' })
  templatesDueAt: Date;

  @Column({ name: 'templates_read_at', type: 'timestamptz', nullable: true })
  templatesReadAt: Date | null;

  /** A code: why the last reading failed. */
  @Column({ name: 'templates_failure', type: 'text', nullable: true })
  templatesFailure: string | null;

  @Column({ name: 'quality_rating', type: 'text', nullable: true })
  qualityRating: string | null;
}
