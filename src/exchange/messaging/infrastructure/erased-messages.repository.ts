import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** Messages of these patients, and those with these contacts of which nobody knows whose they are. */
interface Whose {
  patientIds: readonly Uuid[];
  contactIds: readonly Uuid[];
}

const THEIRS = `(patient_id = any($2::uuid[]) or (patient_id is null and address_id = any($3::uuid[])))`;

@Injectable()
export class ErasedMessages {
  async addressesOfWaiting(ctx: TxContext, of: Whose): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `select distinct address_id as id from messaging.message
        where organization_id = $1 and state in ('ready', 'claimed') and ${THEIRS} order by 1`,
      [ctx.organizationId, of.patientIds, of.contactIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Refuses what has not begun. Locked in one order, as all who lock several. */
  async takeBack(ctx: TxContext, of: Whose): Promise<Uuid[]> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `with mine as (
         select id from messaging.message
          where organization_id = $1 and state in ('ready', 'claimed') and ${THEIRS} order by id for update),
       taken as (
         update messaging.message m
            set state = 'refused', reason = 'erased', lease_token = null, lease_until = null, version = version + 1
           from mine where m.organization_id = $1 and m.id = mine.id
         returning m.id)
       select id from taken order by id`,
      [ctx.organizationId, of.patientIds, of.contactIds],
    );
    return rows.map(({ id }) => id);
  }

  /** How much of theirs ends with the keys. */
  async count(ctx: TxContext, of: Whose): Promise<{ sent: number; received: number }> {
    const [row] = await sql<{ sent: number; received: number }>(
      ctx,
      `select (select count(*)::int from messaging.message where organization_id = $1 and ${THEIRS}) as sent,
              (select count(*)::int from messaging.received where organization_id = $1 and ${THEIRS}) as received`,
      [ctx.organizationId, of.patientIds, of.contactIds],
    );
    return row!;
  }

  /**
   * Messages that lie under a contact's key and turned out to be a patient's who is erased: emptied, and from now on
   * that patient's, whose key ends.
   */
  async disown(ctx: TxContext, patientId: Uuid, messageIds: readonly Uuid[]): Promise<number> {
    const values = [ctx.organizationId, patientId, messageIds];
    const sent = await sql(
      ctx,
      `with emptied as (
         update messaging.message set patient_id = $2, content_sealed = '', wamid_sealed = null, version = version + 1
          where organization_id = $1 and id = any($3::uuid[]) and patient_id is null returning id)
       select id from emptied`,
      values,
    );
    const received = await sql(
      ctx,
      `with emptied as (
         update messaging.received set patient_id = $2, content_sealed = ''
          where organization_id = $1 and id = any($3::uuid[]) and patient_id is null returning id)
       select id from emptied`,
      values,
    );
    return sent.length + received.length;
  }
}
