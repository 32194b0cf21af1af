import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Attribution, ReceivedKind } from '../domain/records.js';

export interface NewReceived {
  id: Uuid;
  accountId: Uuid;
  addressId: Uuid;
  wamidIndex: Buffer;
  quotedIndex: Buffer | null;
  kind: ReceivedKind;
  type: string;
  contentSealed: Buffer;
  stop: boolean;
  at: Date;
}

export interface ReceivedRow {
  id: Uuid;
  accountId: Uuid;
  addressId: Uuid;
  patientId: Uuid | null;
  kind: ReceivedKind;
  contentSealed: Buffer;
  stop: boolean;
  at: Date;
  /** Our message that it quotes. */
  replyTo: Uuid | null;
}

interface ForeignRow extends Pick<ReceivedRow, 'id' | 'addressId' | 'patientId' | 'contentSealed'> {
  provedId: Uuid;
}

export interface Inbound {
  addressId: Uuid;
  accountId: Uuid;
  at: Date;
}

const COLUMNS = `r.id, r.account_id as "accountId", r.address_id as "addressId", r.patient_id as "patientId", r.kind,
  r.content_sealed as "contentSealed", r.stop, r.at, m.id as "replyTo"`;
/** Joined when read: the quoted message's wamid may become known after the answer to it. */
const QUOTED = `left join messaging.message m on m.organization_id = r.organization_id and m.wamid_index = r.quoted_index`;

@Injectable()
export class ReceivedRepository {
  /** Keeps what was not kept before; returns the ids that are new. */
  async add(ctx: TxContext, rows: readonly NewReceived[]): Promise<Uuid[]> {
    const added = await sql<{ id: Uuid }>(
      ctx,
      `insert into messaging.received (organization_id, id, account_id, address_id, wamid_index, quoted_index, kind,
                                       type, content_sealed, stop, at, received_at)
       select $1, r.id, r.account_id, r.address_id, r.wamid_index, r.quoted_index, r.kind, r.type, r.content_sealed,
              r.stop, r.at, platform.now()
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::text[], $8::text[], $9::bytea[],
                     $10::boolean[], $11::timestamptz[])
              as r(id, account_id, address_id, wamid_index, quoted_index, kind, type, content_sealed, stop, at)
       on conflict (organization_id, wamid_index) do nothing
       returning id`,
      [
        ctx.organizationId,
        rows.map(({ id }) => id),
        rows.map(({ accountId }) => accountId),
        rows.map(({ addressId }) => addressId),
        rows.map(({ wamidIndex }) => wamidIndex),
        rows.map(({ quotedIndex }) => quotedIndex),
        rows.map(({ kind }) => kind),
        rows.map(({ type }) => type),
        rows.map(({ contentSealed }) => contentSealed),
        rows.map(({ stop }) => stop),
        rows.map(({ at }) => at),
      ],
    );
    return added.map(({ id }) => id);
  }

  /** Opens the windows up to these times; a window only ever moves forward. */
  async openWindows(ctx: TxContext, inbound: readonly Inbound[]): Promise<void> {
    if (inbound.length === 0) return;
    await sql(
      ctx,
      `insert into messaging.pair (organization_id, address_id, account_id, last_inbound_at)
       select $1, r.address_id, r.account_id, max(r.at)
         from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) as r(address_id, account_id, at)
        group by 2, 3 order by 2, 3
       on conflict (organization_id, address_id, account_id) do update
         set last_inbound_at = greatest(pair.last_inbound_at, excluded.last_inbound_at)`,
      [
        ctx.organizationId,
        inbound.map(({ addressId }) => addressId),
        inbound.map(({ accountId }) => accountId),
        inbound.map(({ at }) => at),
      ],
    );
  }

  /** The last inbound message of each contact at each number, the newest first. */
  pairs(ctx: TxContext, addressIds: readonly Uuid[]): Promise<Inbound[]> {
    return sql<Inbound>(
      ctx,
      `select address_id as "addressId", account_id as "accountId", last_inbound_at as at
         from messaging.pair
        where organization_id = $1 and address_id = any($2) and last_inbound_at is not null
        order by last_inbound_at desc, account_id`,
      [ctx.organizationId, addressIds],
    );
  }

  find(ctx: TxContext, ids: readonly Uuid[]): Promise<ReceivedRow[]> {
    return sql<ReceivedRow>(
      ctx,
      `select ${COLUMNS} from messaging.received r ${QUOTED}
        where r.organization_id = $1 and r.id = any($2) order by r.at, r.id`,
      [ctx.organizationId, ids],
    );
  }

  /** What this contact wrote in the last days. */
  async lately(ctx: TxContext, addressId: Uuid, days: number): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select id from messaging.received
        where organization_id = $1 and address_id = $2 and at > platform.now() - make_interval(days => $3)`,
      [ctx.organizationId, addressId, days],
    );
    return rows.map(({ id }) => id);
  }

  between(ctx: TxContext, addressId: Uuid, span: { from: Date; to: Date }): Promise<ReceivedRow[]> {
    return sql<ReceivedRow>(
      ctx,
      `select ${COLUMNS} from messaging.received r ${QUOTED}
        where r.organization_id = $1 and r.address_id = $2 and r.at >= $3 and r.at < $4 order by r.at, r.id`,
      [ctx.organizationId, addressId, span.from, span.to],
    );
  }

  /** The rows that are not yet that patient's whose they were proved to be, locked. */
  async lockForeign(ctx: TxContext, attributions: readonly Attribution[]): Promise<ForeignRow[]> {
    if (attributions.length === 0) return [];
    return sql<ForeignRow>(
      ctx,
      `select r.id, r.address_id as "addressId", r.patient_id as "patientId", r.content_sealed as "contentSealed",
              proved.patient_id as "provedId"
         from unnest($2::uuid[], $3::uuid[]) as proved(id, patient_id)
         join messaging.received r on r.organization_id = $1 and r.id = proved.id
        where r.patient_id is distinct from proved.patient_id order by r.id for update of r`,
      [
        ctx.organizationId,
        attributions.map(({ receivedId }) => receivedId),
        attributions.map(({ patientId }) => patientId),
      ],
    );
  }

  async reseal(
    ctx: TxContext,
    rows: readonly { id: Uuid; patientId: Uuid; contentSealed: Buffer }[],
  ): Promise<void> {
    await sql(
      ctx,
      `update messaging.received set patient_id = r.patient_id, content_sealed = r.content_sealed
         from unnest($2::uuid[], $3::uuid[], $4::bytea[]) as r(id, patient_id, content_sealed)
        where organization_id = $1 and received.id = r.id`,
      [
        ctx.organizationId,
        rows.map(({ id }) => id),
        rows.map(({ patientId }) => patientId),
        rows.map(({ contentSealed }) => contentSealed),
      ],
    );
  }
}
