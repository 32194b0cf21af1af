import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { FIRST_GENERATION } from '../domain/data-key.js';
import type { SubjectKey } from '../domain/key-subject.js';
import { KeyringEntity } from './keyring.entity.js';

export interface DataKeyRow extends SubjectKey {
  generation: number;
  epoch: number;
  /** Null once destroyed. */
  wrapped: Buffer | null;
  commitment: Buffer | null;
}

/** The channel on which processes tell each other of destroyed keys; the payload is organization/kind/id. */
export const DESTROYED_CHANNEL = 'vault_key_destroyed';

@Injectable()
export class DataKeyRepository {
  /** Every generation of these subjects' keys, tombstones too. */
  find(ctx: TxContext, subjects: readonly SubjectKey[]): Promise<DataKeyRow[]> {
    return sql(
      ctx,
      // In order, so that each subject is looked for by itself through the index: as a join the whole table was read.
      `select distinct key.* from unnest($2::text[], $3::uuid[]) as asked(kind, id)
        cross join lateral (
          select subject_kind as kind, subject_id as id, generation, epoch, wrapped, commitment
            from vault.data_key k
           where k.organization_id = $1 and k.subject_kind = asked.kind and k.subject_id = asked.id
           order by generation) key`,
      [ctx.organizationId, subjects.map(({ kind }) => kind), subjects.map(({ id }) => id)],
    );
  }

  /**
   * Waits for another transaction that is making the same key, and yields to it when it commits. Returns whose keys
   * were taken.
   */
  insert(ctx: TxContext, rows: readonly DataKeyRow[]): Promise<SubjectKey[]> {
    return sql(
      ctx,
      `insert into vault.data_key
         (organization_id, subject_kind, subject_id, generation, epoch, wrapped, commitment, made_at)
       select $1, kind, id, generation, epoch, wrapped, commitment, (select platform.now())
         from unnest($2::text[], $3::uuid[], $4::int[], $5::int[], $6::bytea[], $7::bytea[])
           as made(kind, id, generation, epoch, wrapped, commitment)
       on conflict on constraint pk_data_key do nothing
       returning subject_kind as kind, subject_id as id`,
      [
        ctx.organizationId,
        rows.map(({ kind }) => kind),
        rows.map(({ id }) => id),
        rows.map(({ generation }) => generation),
        rows.map(({ epoch }) => epoch),
        rows.map(({ wrapped }) => wrapped),
        rows.map(({ commitment }) => commitment),
      ],
    );
  }

  /**
   * Leaves a tombstone, also for a subject that had no key, and tells the other processes with the commit. False when
   * it was destroyed before.
   */
  async destroy(ctx: TxContext, { kind, id }: SubjectKey): Promise<boolean> {
    const subject = [ctx.organizationId, kind, id];
    const made = await sql(
      ctx,
      `insert into vault.data_key
         (organization_id, subject_kind, subject_id, generation, epoch, made_at, destroyed_at)
       values ($1, $2, $3, $4, 0, platform.now(), platform.now())
       on conflict on constraint pk_data_key do nothing returning 1`,
      [...subject, FIRST_GENERATION],
    );
    const [, destroyed] = (await sql(
      ctx,
      `update vault.data_key set wrapped = null, commitment = null, destroyed_at = platform.now()
        where organization_id = $1 and subject_kind = $2 and subject_id = $3 and destroyed_at is null`,
      subject,
    )) as unknown as [unknown[], number];
    if (made.length + destroyed === 0) return false;
    await sql(ctx, 'select pg_notify($1, $2)', [DESTROYED_CHANNEL, subject.join('/')]);
    return true;
  }

  async keyringIdentity(ctx: TxContext): Promise<string | null> {
    const { organizationId } = ctx;
    return (await managerOf(ctx).findOneBy(KeyringEntity, { organizationId }))?.identity ?? null;
  }

  /** Returns the identity that is registered, which another process may have done first. */
  async registerKeyring(ctx: TxContext, identity: string): Promise<string> {
    await sql(
      ctx,
      `insert into vault.keyring (organization_id, identity, registered_at) values ($1, $2, platform.now())
       on conflict on constraint pk_keyring do nothing`,
      [ctx.organizationId, identity],
    );
    return (await this.keyringIdentity(ctx)) ?? identity;
  }
}
