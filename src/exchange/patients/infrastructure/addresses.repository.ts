import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { LinkedPair } from '../domain/patient.js';
import { AddressEntity } from './address.entity.js';
import { LinkEntity } from './link.entity.js';

export type AddressRow = Omit<AddressEntity, 'organizationId' | 'version'>;
/** What finding an address takes. */
export type KnownAddress = Pick<AddressEntity, 'id' | 'numberIndex' | 'userIdIndex'>;
export type LinkRow = Pick<LinkEntity, 'patientId' | 'addressId' | 'rank' | 'source' | 'state'>;

export type SealedAddress = Pick<AddressEntity, 'id' | 'numberSealed' | 'userIdSealed'>;

type IndexColumn = 'number_index' | 'user_id_index';

/** Behind a merged record `m`: staff said that its numbers are the survivor's too. */
const CONFIRMED = `join patients.alias a on a.organization_id = $1 and a.connection_id = m.connection_id
              and a.merged_fhir_id = m.fhir_id and a.state = 'active' and a.confirmed_at is not null`;

@Injectable()
export class AddressesRepository {
  get(ctx: TxContext, id: Uuid): Promise<AddressEntity | null> {
    return managerOf(ctx).findOneBy(AddressEntity, { organizationId: ctx.organizationId, id });
  }

  sealed(ctx: TxContext, ids: readonly Uuid[]): Promise<SealedAddress[]> {
    return sql(
      ctx,
      `select id, number_sealed as "numberSealed", user_id_sealed as "userIdSealed" from patients.address
        where organization_id = $1 and id = any($2)`,
      [ctx.organizationId, ids],
    );
  }

  byNumber(ctx: TxContext, index: Buffer): Promise<AddressEntity | null> {
    return managerOf(ctx).findOneBy(AddressEntity, {
      organizationId: ctx.organizationId,
      numberIndex: index,
    });
  }

  byUserId(ctx: TxContext, index: Buffer): Promise<AddressEntity | null> {
    return managerOf(ctx).findOneBy(AddressEntity, {
      organizationId: ctx.organizationId,
      userIdIndex: index,
    });
  }

  /** Ids by index, as hexadecimal text. */
  async idsByNumber(ctx: TxContext, indexes: Buffer[]): Promise<Map<string, Uuid>> {
    const rows = await sql<{ id: Uuid; number_index: Buffer }>(
      ctx,
      `select id, number_index from patients.address where organization_id = $1 and number_index = any($2)`,
      [ctx.organizationId, indexes],
    );
    return new Map(rows.map(({ id, number_index }) => [number_index.toString('hex'), id]));
  }

  /** All that have one of these indexes. */
  byIndexes(ctx: TxContext, of: { numbers: Buffer[]; userIds: Buffer[] }): Promise<KnownAddress[]> {
    return sql(
      ctx,
      `select id, number_index as "numberIndex", user_id_index as "userIdIndex" from patients.address
        where organization_id = $1 and number_index = any($2)
       union
       select id, number_index, user_id_index from patients.address
        where organization_id = $1 and user_id_index = any($3)`,
      [ctx.organizationId, of.numbers, of.userIds],
    );
  }

  /** Inserts; a row that somebody else has just made under the same index wins silently: look it up afterwards. */
  async insert(ctx: TxContext, rows: AddressRow[]): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `insert into patients.address (organization_id, id, number_sealed, number_index, user_id_sealed, user_id_index)
       select $1, row.* from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[]) as row
       on conflict do nothing`,
      [
        ctx.organizationId,
        rows.map(({ id }) => id),
        rows.map(({ numberSealed }) => numberSealed),
        rows.map(({ numberIndex }) => numberIndex),
        rows.map(({ userIdSealed }) => userIdSealed),
        rows.map(({ userIdIndex }) => userIdIndex),
      ],
    );
  }

  /** Fills in the other identity of an address that has none of that kind. False when it is taken or was filled. */
  async complete(
    ctx: TxContext,
    id: Uuid,
    to: { column: IndexColumn; sealed: Buffer; index: Buffer },
  ): Promise<boolean> {
    const sealedColumn = to.column === 'number_index' ? 'number_sealed' : 'user_id_sealed';
    const rows = await sql(
      ctx,
      `with completed as (
         update patients.address set ${to.column} = $4, ${sealedColumn} = $3, version = version + 1
          where organization_id = $1 and id = $2 and ${to.column} is null
            and not exists (select from patients.address other
                             where other.organization_id = $1 and other.${to.column} = $4)
          returning 1)
       select * from completed`,
      [ctx.organizationId, id, to.sealed, to.index],
    );
    return rows.length === 1;
  }

  /** Of one patient, best first: the survivor's own, and those of merged records that staff have confirmed. */
  of(ctx: TxContext, patientId: Uuid): Promise<AddressEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(AddressEntity, 'address')
      .innerJoin(
        LinkEntity,
        'link',
        `link.organizationId = address.organizationId and link.addressId = address.id and link.state = 'active'`,
      )
      .where('address.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere(
        `link.patientId in (
           select coalesce(p.survivor_id, p.id) from patients.patient p
            where p.organization_id = :organization and p.id = :patientId
           union
           select m.id from patients.patient p
             join patients.patient m on m.organization_id = :organization
                                    and m.survivor_id = coalesce(p.survivor_id, p.id)
             ${CONFIRMED.replaceAll('$1', ':organization')}
            where p.organization_id = :organization and p.id = :patientId)`,
        { patientId },
      )
      .orderBy('link.rank')
      .addOrderBy('address.id')
      .getMany();
  }

  /**
   * Whether each patient can be reached there, in the order of the pairs. A merged record's own number counts no more
   * than it counts for the survivor.
   */
  async linked(ctx: TxContext, pairs: readonly LinkedPair[]): Promise<boolean[]> {
    if (pairs.length === 0) return [];
    const rows = await sql<{ linked: boolean }>(
      ctx,
      `select link.patient_id is not null and (
                own.patient_id is not null or p.survivor_id is null or exists (
                  select from patients.patient m ${CONFIRMED}
                    join patients.link l on l.organization_id = $1 and l.patient_id = m.id
                                        and l.address_id = pair.address_id and l.state = 'active'
                   where m.organization_id = $1 and m.survivor_id = p.survivor_id))
              or link.patient_id is null and p.survivor_id is null and exists (
                  select from patients.patient m ${CONFIRMED}
                    join patients.link l on l.organization_id = $1 and l.patient_id = m.id
                                        and l.address_id = pair.address_id and l.state = 'active'
                   where m.organization_id = $1 and m.survivor_id = p.id) as linked
         from unnest($2::uuid[], $3::uuid[]) with ordinality as pair(patient_id, address_id, place)
         left join patients.patient p on p.organization_id = $1 and p.id = pair.patient_id
         left join patients.link link on link.organization_id = $1 and link.patient_id = pair.patient_id
                                     and link.address_id = pair.address_id and link.state = 'active'
         left join patients.link own on own.organization_id = $1 and own.patient_id = p.survivor_id
                                    and own.address_id = pair.address_id and own.state = 'active'
        order by pair.place`,
      [ctx.organizationId, pairs.map(({ patientId }) => patientId), pairs.map(({ addressId }) => addressId)],
    );
    return rows.map(({ linked }) => linked);
  }

  links(ctx: TxContext, patientIds: Uuid[]): Promise<LinkRow[]> {
    return sql(
      ctx,
      `select patient_id as "patientId", address_id as "addressId", rank, source, state from patients.link
        where organization_id = $1 and patient_id = any($2)`,
      [ctx.organizationId, patientIds],
    );
  }

  async saveLinks(ctx: TxContext, links: LinkRow[]): Promise<void> {
    if (links.length === 0) return;
    await sql(
      ctx,
      `insert into patients.link (organization_id, patient_id, address_id, rank, source, state, changed_at)
       select $1, link.*, (select platform.now())
         from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[])
           as link(patient_id, address_id, rank, source, state)
        order by patient_id, address_id
       on conflict (organization_id, patient_id, address_id) do update
         set rank = excluded.rank, source = excluded.source, state = excluded.state, changed_at = excluded.changed_at`,
      [
        ctx.organizationId,
        links.map(({ patientId }) => patientId),
        links.map(({ addressId }) => addressId),
        links.map(({ rank }) => rank),
        links.map(({ source }) => source),
        links.map(({ state }) => state),
      ],
    );
  }
}
