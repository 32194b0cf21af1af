import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Link } from '../domain/links.policy.js';
import type { ContactAddress, LinkedPair, LinkState } from '../domain/patient.js';
import { AddressEntity } from './address.entity.js';
import { BY_PROXY, IN_FORCE_LINK, IN_FORCE_PROXY, IS_SHARED } from './reach.sql.js';

export type AddressRow = Omit<AddressEntity, 'organizationId' | 'version'>;
/** What finding an address takes. */
export type KnownAddress = Pick<AddressEntity, 'id' | 'numberIndex' | 'userIdIndex' | 'waIdLength'>;

export type SealedAddress = Pick<AddressEntity, 'id' | 'numberSealed' | 'waIdSealed' | 'userIdSealed'>;

type IndexColumn = 'number_index' | 'user_id_index';

/** Behind a merged record `m`: staff said that its numbers are those of its survivor `p` too, who is not erased. */
const CONFIRMED = `join patients.alias a on a.organization_id = $1 and a.connection_id = m.connection_id
              and a.merged_fhir_id = m.fhir_id and a.state = 'active' and a.confirmed_at is not null
              and p.erased_at is null`;

@Injectable()
export class AddressesRepository {
  get(ctx: TxContext, id: Uuid): Promise<AddressEntity | null> {
    return managerOf(ctx).findOneBy(AddressEntity, { organizationId: ctx.organizationId, id });
  }

  sealed(ctx: TxContext, ids: readonly Uuid[]): Promise<SealedAddress[]> {
    return sql(
      ctx,
      `select id, number_sealed as "numberSealed", wa_id_sealed as "waIdSealed", user_id_sealed as "userIdSealed"
         from patients.address
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
      `select id, number_index as "numberIndex", user_id_index as "userIdIndex", wa_id_length as "waIdLength"
         from patients.address
        where organization_id = $1 and number_index = any($2)
       union
       select id, number_index, user_id_index, wa_id_length from patients.address
        where organization_id = $1 and user_id_index = any($3)`,
      [ctx.organizationId, of.numbers, of.userIds],
    );
  }

  /** Inserts; a row that somebody else has just made under the same index wins silently: look it up afterwards. */
  async insert(ctx: TxContext, rows: AddressRow[]): Promise<void> {
    if (rows.length === 0) return;
    await sql(
      ctx,
      `insert into patients.address
         (organization_id, id, number_sealed, number_index, user_id_sealed, user_id_index, wa_id_sealed, wa_id_length)
       select $1, row.*
         from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::int[]) as row
       on conflict do nothing`,
      [
        ctx.organizationId,
        rows.map(({ id }) => id),
        rows.map(({ numberSealed }) => numberSealed),
        rows.map(({ numberIndex }) => numberIndex),
        rows.map(({ userIdSealed }) => userIdSealed),
        rows.map(({ userIdIndex }) => userIdIndex),
        rows.map(({ waIdSealed }) => waIdSealed),
        rows.map(({ waIdLength }) => waIdLength),
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

  /** Keeps the id that Meta gives for the phone now. */
  async keepWaId(ctx: TxContext, id: Uuid, waId: { sealed: Buffer; length: number }): Promise<void> {
    await sql(
      ctx,
      `update patients.address set wa_id_sealed = $3, wa_id_length = $4, version = version + 1
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, waId.sealed, waId.length],
    );
  }

  /**
   * Where one patient can be reached now, best first: at the own addresses, or at those of the guardians. Of a merged
   * record that is where the survivor can be; a merged record's numbers are the survivor's once staff confirm it.
   */
  async of(ctx: TxContext, patientId: Uuid): Promise<ContactAddress[]> {
    const rows = await sql<{ id: Uuid; isPhone: boolean; confirmed: boolean }>(
      ctx,
      `with person as (
         select coalesce(survivor_id, id) as id from patients.patient where organization_id = $1 and id = $2),
       reached as (
         select l.address_id, l.rank, l.confirmed or not ${IS_SHARED} as confirmed
           from patients.patient p
           join patients.link l on l.organization_id = $1 and l.patient_id = p.id and ${IN_FORCE_LINK}
          where p.organization_id = $1 and p.id = (select id from person) and not ${BY_PROXY}
         union all
         select l.address_id, min(l.rank), true
           from patients.patient p
           join patients.patient m on m.organization_id = $1 and m.survivor_id = p.id ${CONFIRMED}
           join patients.link l on l.organization_id = $1 and l.patient_id = m.id and ${IN_FORCE_LINK}
          where p.organization_id = $1 and p.id = (select id from person) and not ${BY_PROXY}
            and not exists (select from patients.link own where own.organization_id = $1
                               and own.patient_id = p.id and own.address_id = l.address_id and own.state = 'active')
          group by l.address_id
         union all
         select a.address_id, min(a.rank), true
           from patients.patient p
           join patients.proxy x on x.organization_id = $1 and x.connection_id = p.connection_id
                                and x.patient_fhir_id = p.fhir_id
           join patients.proxy_address a on a.organization_id = $1 and a.proxy_id = x.id
          where p.organization_id = $1 and p.id = (select id from person) and ${BY_PROXY} and ${IN_FORCE_PROXY}
          group by a.address_id)
       select address.id, address.number_index is not null as "isPhone", reached.confirmed
         from reached join patients.address on address.organization_id = $1 and address.id = reached.address_id
        order by reached.rank, address.id`,
      [ctx.organizationId, patientId],
    );
    return rows.map(({ id, isPhone, confirmed }) => ({ id, kind: isPhone ? 'phone' : 'user-id', confirmed }));
  }

  /**
   * How each address stands to its patient, in the order of the pairs. A merged record's own number counts no more than
   * it counts for the survivor.
   */
  async linked(ctx: TxContext, pairs: readonly LinkedPair[]): Promise<LinkState[]> {
    if (pairs.length === 0) return [];
    const rows = await sql<{ state: LinkState }>(
      ctx,
      `select case
           when ${BY_PROXY} then case when exists (
             select from patients.proxy x
               join patients.proxy_address a on a.organization_id = $1 and a.proxy_id = x.id
              where x.organization_id = $1 and x.connection_id = p.connection_id and x.patient_fhir_id = p.fhir_id
                and a.address_id = pair.address_id and ${IN_FORCE_PROXY}) then 'active' else 'none' end
           when r.survivor_id is not null and not exists (
             select from patients.link l where l.organization_id = $1 and l.patient_id = r.id
                and l.address_id = pair.address_id and ${IN_FORCE_LINK}) then 'none'
           when l.patient_id is null and exists (
             select from patients.patient m ${CONFIRMED}
               join patients.link l on l.organization_id = $1 and l.patient_id = m.id
                                   and l.address_id = pair.address_id and ${IN_FORCE_LINK}
              where m.organization_id = $1 and m.survivor_id = p.id) then 'active'
           when l.patient_id is null then 'none'
           when l.confirmed or not ${IS_SHARED} then 'active'
           else 'unconfirmed' end as state
         from unnest($2::uuid[], $3::uuid[]) with ordinality as pair(patient_id, address_id, place)
         left join patients.patient r on r.organization_id = $1 and r.id = pair.patient_id
         left join patients.patient p on p.organization_id = $1 and p.id = coalesce(r.survivor_id, r.id)
         left join patients.link l on l.organization_id = $1 and l.patient_id = p.id
                                  and l.address_id = pair.address_id and ${IN_FORCE_LINK}
        order by pair.place`,
      [ctx.organizationId, pairs.map(({ patientId }) => patientId), pairs.map(({ addressId }) => addressId)],
    );
    return rows.map(({ state }) => state);
  }

  links(ctx: TxContext, patientIds: Uuid[]): Promise<Link[]> {
    return sql(
      ctx,
      `select patient_id as "patientId", address_id as "addressId", rank, source, state, begins_at as "from",
              ends_at as "until"
         from patients.link where organization_id = $1 and patient_id = any($2)`,
      [ctx.organizationId, patientIds],
    );
  }

  async saveLinks(ctx: TxContext, links: Link[]): Promise<void> {
    if (links.length === 0) return;
    await sql(
      ctx,
      `insert into patients.link
         (organization_id, patient_id, address_id, rank, source, state, begins_at, ends_at, changed_at)
       select $1, link.*, (select platform.now())
         from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
           as link(patient_id, address_id, rank, source, state, begins_at, ends_at)
        order by patient_id, address_id
       on conflict (organization_id, patient_id, address_id) do update
         set rank = excluded.rank, source = excluded.source, state = excluded.state, begins_at = excluded.begins_at,
             ends_at = excluded.ends_at, changed_at = excluded.changed_at`,
      [
        ctx.organizationId,
        links.map(({ patientId }) => patientId),
        links.map(({ addressId }) => addressId),
        links.map(({ rank }) => rank),
        links.map(({ source }) => source),
        links.map(({ state }) => state),
        // pg would write a Date in the machine's own time, part by part.
        links.map(({ from }) => from?.toISOString()),
        links.map(({ until }) => until?.toISOString()),
      ],
    );
  }

  /** Of these addresses those that came to be shared: nobody on them is sure to be who reads there. */
  async doubt(ctx: TxContext, addressIds: readonly Uuid[]): Promise<void> {
    if (addressIds.length === 0) return;
    // Asked row by row, by the index: as a join it took half a minute while a first load filled the tables (measured).
    await sql(
      ctx,
      `update patients.link l set confirmed = false
        where l.organization_id = $1 and l.address_id = any($2::uuid[]) and l.state = 'active' and l.confirmed
          and (${IS_SHARED}) is true`,
      [ctx.organizationId, addressIds],
    );
  }

  /** Who on these addresses was in doubt and has the number alone now. */
  async alone(ctx: TxContext, addressIds: readonly Uuid[]): Promise<Uuid[]> {
    if (addressIds.length === 0) return [];
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct l.patient_id as id from patients.link l
        where l.organization_id = $1 and l.address_id = any($2::uuid[]) and ${IN_FORCE_LINK} and not l.confirmed
          and not ${IS_SHARED}`,
      [ctx.organizationId, addressIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Somebody who may know has said that these addresses reach this patient. Whether anything was doubtful. */
  async confirm(ctx: TxContext, patientId: Uuid, addressIds: readonly Uuid[]): Promise<boolean> {
    const [, confirmed] = (await sql(
      ctx,
      `update patients.link set confirmed = true
        where organization_id = $1 and patient_id = $2 and address_id = any($3::uuid[]) and not confirmed`,
      [ctx.organizationId, patientId, addressIds],
    )) as unknown as [unknown[], number];
    return confirmed > 0;
  }
}
