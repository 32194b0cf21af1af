import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Which keyring an organization's rows belong to. */
@Entity({ schema: 'vault', name: 'keyring' })
@Check('ck_keyring_epoch', `epoch > 0`)
export class KeyringEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_keyring' })
  organizationId: string;

  /** The keyring's own name for its keys: a keyed hash, which gives no key away. */
  @Column({ type: 'text' })
  identity: string;

  @Column({ name: 'registered_at', type: 'timestamptz' })
  registeredAt: Date;

  /** The newest epoch that this keyring ever had. */
  @Column({ type: 'int', default: 1 })
  epoch: number;
}
