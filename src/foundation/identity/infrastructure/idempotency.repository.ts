import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';

/** A first request that has not answered by then died with its process; its key may be taken over. */
const ABANDONED_SECONDS = 60;
/** How long an answer is remembered. */
const KEPT_HOURS = 24;

@Injectable()
export class IdempotencyRepository {
  /** The row's id when this request is the first with the key; null when another was before. */
  async begin(ctx: TxContext, key: string, requestHash: Buffer): Promise<Uuid | null> {
    const rows = await sql<{ id: Uuid }>(
      ctx,
      `insert into identity.idempotency_key as known (organization_id, actor, key, id, request_hash, started_at)
       values ($1, $2, $3, $4, $5, clock_timestamp())
       on conflict (organization_id, actor, key) do update
          set id = $4, request_hash = $5, started_at = clock_timestamp(), status = null, answer_sealed = null
        where known.started_at < clock_timestamp() - make_interval(hours => $6)
           or (known.status is null and known.started_at < clock_timestamp() - make_interval(secs => $7)
               and known.request_hash = $5)
       returning id`,
      [ctx.organizationId, ctx.actor.id, key, newId(), requestHash, KEPT_HOURS, ABANDONED_SECONDS],
    );
    return rows[0]?.id ?? null;
  }

  known(ctx: TxContext, key: string): Promise<IdempotencyKeyEntity | null> {
    return managerOf(ctx).findOneBy(IdempotencyKeyEntity, {
      organizationId: ctx.organizationId,
      actor: ctx.actor.id,
      key,
    });
  }

  async answer(ctx: TxContext, id: Uuid, status: number, answerSealed: Buffer): Promise<void> {
    await sql(
      ctx,
      `update identity.idempotency_key set status = $3, answer_sealed = $4 where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, status, answerSealed],
    );
  }

  /** The request failed and changed nothing: the key is free again. */
  async forget(ctx: TxContext, id: Uuid): Promise<void> {
    await sql(ctx, `delete from identity.idempotency_key where organization_id = $1 and id = $2`, [
      ctx.organizationId,
      id,
    ]);
  }

  async purge(ctx: TxContext): Promise<void> {
    await sql(
      ctx,
      `delete from identity.idempotency_key
        where organization_id = $1 and started_at < clock_timestamp() - make_interval(hours => $2)`,
      [ctx.organizationId, KEPT_HOURS],
    );
  }
}
