import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { SubscriptionEntity, type SubscriptionState } from './subscription.entity.js';

/** A check is a few calls. */
const LEASE = `interval '5 minutes'`;

@Injectable()
export class SubscriptionsRepository {
  /** What the settings want; `none` means that one which was made is to be ended. */
  async want(ctx: TxContext, connectionId: Uuid, kind: 'none' | 'rest-hook' | 'backport'): Promise<void> {
    if (kind === 'none') {
      await sql(
        ctx,
        `update fhir.subscription set state = 'off', check_at = platform.now(), last_event = null
          where organization_id = $1 and connection_id = $2`,
        [ctx.organizationId, connectionId],
      );
      return;
    }
    await sql(
      ctx,
      `insert into fhir.subscription (organization_id, connection_id, kind, state, check_at)
       values ($1, $2, $3, 'wanted', platform.now())
       on conflict (organization_id, connection_id) do update
         set kind = excluded.kind, state = 'wanted', check_at = excluded.check_at, failures = 0, unseen = 0`,
      [ctx.organizationId, connectionId, kind],
    );
  }

  get(ctx: TxContext, connectionId: Uuid): Promise<SubscriptionEntity | null> {
    return managerOf(ctx).findOneBy(SubscriptionEntity, { organizationId: ctx.organizationId, connectionId });
  }

  /** Locked, so that two notifications count one after the other. */
  async lock(ctx: TxContext, connectionId: Uuid): Promise<SubscriptionEntity | null> {
    return managerOf(ctx).findOne(SubscriptionEntity, {
      where: { organizationId: ctx.organizationId, connectionId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async heard(ctx: TxContext, connectionId: Uuid, to: { last: number | null; gap: boolean }): Promise<void> {
    await sql(
      ctx,
      `update fhir.subscription
          set last_event = $3, gaps = gaps + $4, heard_at = platform.now(),
              state = case when state in ('requested', 'error') then 'active' else state end
        where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId, to.last, to.gap ? 1 : 0],
    );
  }

  /** One that is to be looked at, pushed back so far that nobody else does meanwhile; null when none is due. */
  async takeDue(ctx: TxContext): Promise<SubscriptionEntity | null> {
    const rows = await sql<{ connection_id: Uuid }>(
      ctx,
      `with due as (
         update fhir.subscription set check_at = platform.now() + ${LEASE}
          where organization_id = $1 and connection_id = (
            select connection_id from fhir.subscription
             where organization_id = $1 and check_at <= platform.now()
             order by check_at limit 1 for update skip locked)
          returning connection_id)
       select connection_id from due`,
      [ctx.organizationId],
    );
    return rows[0] ? this.get(ctx, rows[0].connection_id) : null;
  }

  /** Committed before the EHR is asked for one. */
  async making(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await this.asking(ctx, connectionId);
    await sql(
      ctx,
      `update fhir.subscription set unseen = unseen + 1, made_at = platform.now()
        where organization_id = $1 and connection_id = $2`,
      [ctx.organizationId, connectionId],
    );
  }

  /** The same for one that is asked again: it counts its events from the beginning, and its greeting may come before the answer. */
  async asking(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(
      ctx,
      `update fhir.subscription set state = 'requested', last_event = null
        where organization_id = $1 and connection_id = $2 and state <> 'off'`,
      [ctx.organizationId, connectionId],
    );
  }

  async seen(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await sql(
      ctx,
      `update fhir.subscription set unseen = 0
        where organization_id = $1 and connection_id = $2 and unseen > 0`,
      [ctx.organizationId, connectionId],
    );
  }

  /** What was heard while the EHR was asked stands: one that is only requested then is active. */
  async checked(
    ctx: TxContext,
    connectionId: Uuid,
    to: {
      state: SubscriptionState;
      fhirId: string | null;
      failures: number;
      faultCode: string | null;
      againInSeconds: number;
      /** That the EHR is away says nothing of a Subscription that worked. */
      keepsActive?: boolean;
    },
  ): Promise<void> {
    await sql(
      ctx,
      `update fhir.subscription
          set state = case when state = 'active' and ($3 = 'requested' or $8) then state else $3 end,
              fhir_id = $4, fault_code = $5, failures = $7,
              check_at = platform.now() + make_interval(secs => $6)
        where organization_id = $1 and connection_id = $2`,
      [
        ctx.organizationId,
        connectionId,
        to.state,
        to.fhirId,
        to.faultCode,
        to.againInSeconds,
        to.failures,
        to.keepsActive ?? false,
      ],
    );
  }

  async forget(ctx: TxContext, connectionId: Uuid): Promise<void> {
    await managerOf(ctx).delete(SubscriptionEntity, { organizationId: ctx.organizationId, connectionId });
  }
}
