import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'patients', name: 'address' })
@Check('ck_address_number', '(number_sealed is null) = (number_index is null)')
@Check('ck_address_user_id', '(user_id_sealed is null) = (user_id_index is null)')
@Check('ck_address_wa_id', '(wa_id_sealed is null) = (wa_id_length is null)')
@Check('ck_address_any', 'number_index is not null or user_id_index is not null')
@Index('ux_address_number', ['organizationId', 'numberIndex'], {
  unique: true,
  where: 'number_index is not null',
})
@Index('ux_address_user_id', ['organizationId', 'userIdIndex'], {
  unique: true,
  where: 'user_id_index is not null',
})
export class AddressEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'pk_address' })
  organizationId: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_address' })
  id: string;

  @Column({ name: 'number_sealed', type: 'bytea', nullable: true })
  numberSealed: Buffer | null;

  @Column({ name: 'number_index', type: 'bytea', nullable: true })
  numberIndex: Buffer | null;

  /** The id that Meta gave, where a country writes its mobiles in two ways. */
  @Column({ name: 'wa_id_sealed', type: 'bytea', nullable: true })
  waIdSealed: Buffer | null;

  /** Digits of it: tells which of the two ways it is. */
  @Column({ name: 'wa_id_length', type: 'int', nullable: true })
  waIdLength: number | null;

  @Column({ name: 'user_id_sealed', type: 'bytea', nullable: true })
  userIdSealed: Buffer | null;

  @Column({ name: 'user_id_index', type: 'bytea', nullable: true })
  userIdIndex: Buffer | null;

  @Column({ type: 'int', default: 1 })
  version: number;
}
