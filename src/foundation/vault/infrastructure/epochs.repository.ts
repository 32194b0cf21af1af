import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { sql } from '../../../platform/database/transactions.js';
import type { SubjectKey } from '../domain/key-subject.js';

/** Where a pass over an organization's data keys stands. */
export interface DataKeyPosition extends SubjectKey {
  generation: number;
}

export interface WrappedDataKey extends DataKeyPosition {
  epoch: number;
  wrapped: Buffer;
  commitment: Buffer;
}

/** Whoever wraps keys holds this lock shared until its commit; whoever destroys an epoch takes it alone. */
const LOCK = `hashtextextended('vault.epochs/' || $1, 0)`;

/** A transaction that makes keys takes this long at most; behind a longer one the destroyer gives up. */
const TAKE_TIMEOUT_MS = 15_000;

const NIL = '00000000-0000-0000-0000-000000000000';

/** Which epoch of an organization's key-encryption key wraps what. */
@Injectable()
export class EpochsRepository {
  /** Until the end of the transaction no epoch is destroyed. */
  async hold(ctx: TxContext): Promise<void> {
    await sql(ctx, `select pg_advisory_xact_lock_shared(${LOCK})`, [ctx.organizationId]);
  }

  /** Waits until nobody wraps, and lets nobody begin until the end of the transaction. Throws DatabaseFault 55P03. */
  async take(ctx: TxContext): Promise<void> {
    await sql(ctx, `select set_config('lock_timeout', '${TAKE_TIMEOUT_MS}', true)`);
    await sql(ctx, `select pg_advisory_xact_lock(${LOCK})`, [ctx.organizationId]);
    await sql(ctx, `select set_config('lock_timeout', '0', true)`);
  }

  /** The newest epoch that the keyring ever had, as far as the database knows. */
  async newest(ctx: TxContext): Promise<number> {
    const [row] = await sql<{ epoch: number }>(
      ctx,
      'select epoch from vault.keyring where organization_id = $1',
      [ctx.organizationId],
    );
    return row?.epoch ?? 1;
  }

  /** Of two rotations at once the second waits here for the first. */
  async lockKeyring(ctx: TxContext): Promise<void> {
    await sql(ctx, 'select 1 from vault.keyring where organization_id = $1 for update', [ctx.organizationId]);
  }

  async raise(ctx: TxContext, epoch: number): Promise<void> {
    await sql(ctx, 'update vault.keyring set epoch = $2 where organization_id = $1', [
      ctx.organizationId,
      epoch,
    ]);
  }

  /** How many data keys each epoch wraps. */
  async wraps(ctx: TxContext): Promise<Map<number, number>> {
    const rows = await sql<{ epoch: number; keys: number }>(
      ctx,
      `select epoch, count(*)::int as keys from vault.data_key
        where organization_id = $1 and wrapped is not null group by epoch`,
      [ctx.organizationId],
    );
    return new Map(rows.map(({ epoch, keys }) => [epoch, keys]));
  }

  /** The next data keys that an older epoch wraps, locked, in the order of the primary key. */
  older(
    ctx: TxContext,
    than: number,
    page: { after: DataKeyPosition | null; limit: number },
  ): Promise<WrappedDataKey[]> {
    const { limit } = page;
    // Before all of them, instead of a condition for none: that would read the table anew for each page.
    const after = page.after ?? { kind: '', id: NIL, generation: 0 };
    return sql(
      ctx,
      `select subject_kind as kind, subject_id as id, generation, epoch, wrapped, commitment
         from vault.data_key
        where organization_id = $1 and wrapped is not null and epoch < $2
          and (subject_kind, subject_id, generation) > ($3::text, $4::uuid, $5::int)
        order by subject_kind, subject_id, generation limit $6 for update`,
      [ctx.organizationId, than, after.kind, after.id, after.generation, limit],
    );
  }

  /** Only the wrapping changes: key, commitment and generation stay what they are. */
  async rewrap(ctx: TxContext, epoch: number, keys: readonly WrappedDataKey[]): Promise<void> {
    await sql(
      ctx,
      `update vault.data_key key set epoch = $2, wrapped = renewed.wrapped
         from unnest($3::text[], $4::uuid[], $5::int[], $6::bytea[]) as renewed(kind, id, generation, wrapped)
        where key.organization_id = $1 and key.subject_kind = renewed.kind and key.subject_id = renewed.id
          and key.generation = renewed.generation`,
      [
        ctx.organizationId,
        epoch,
        keys.map(({ kind }) => kind),
        keys.map(({ id }) => id),
        keys.map(({ generation }) => generation),
        keys.map(({ wrapped }) => wrapped),
      ],
    );
  }
}
