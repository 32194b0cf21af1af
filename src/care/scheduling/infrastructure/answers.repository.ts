import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ActionEntity } from './action.entity.js';
import { ButtonTokenEntity } from './button-token.entity.js';

const LEASE_SECONDS = 90;

/** Button tokens and what was asked through them. */
@Injectable()
export class AnswersRepository {
  async addTokens(ctx: TxContext, tokens: Partial<ButtonTokenEntity>[]): Promise<void> {
    await managerOf(ctx).insert(
      ButtonTokenEntity,
      tokens.map((token) => ({ ...token, organizationId: ctx.organizationId })),
    );
  }

  token(ctx: TxContext, tokenHash: Buffer): Promise<ButtonTokenEntity | null> {
    return managerOf(ctx).findOneBy(ButtonTokenEntity, { organizationId: ctx.organizationId, tokenHash });
  }

  async useToken(ctx: TxContext, tokenHash: Buffer, usedBy: Uuid): Promise<void> {
    await managerOf(ctx).update(
      ButtonTokenEntity,
      { organizationId: ctx.organizationId, tokenHash },
      { usedBy, usedAt: () => 'platform.now()' },
    );
  }

  async ask(ctx: TxContext, action: Partial<ActionEntity>): Promise<void> {
    await managerOf(ctx)
      .createQueryBuilder()
      .insert()
      .into(ActionEntity)
      .values({ ...action, organizationId: ctx.organizationId, attemptAt: () => 'platform.now()' })
      .execute();
  }

  /** Due actions, one per visit and in the order in which they were asked. */
  async claimDue(ctx: TxContext, limit: number): Promise<{ id: Uuid; appointmentId: Uuid }[]> {
    const [rows] = (await sql(
      ctx,
      `update scheduling.action set leased_until = clock_timestamp() + make_interval(secs => $3)
        where organization_id = $1 and id in (
          select id from scheduling.action a
           where organization_id = $1 and state = 'asked' and attempt_at <= platform.now()
             and (leased_until is null or leased_until < clock_timestamp())
             and not exists (
               select from scheduling.action earlier
                where earlier.organization_id = $1 and earlier.appointment_id = a.appointment_id
                  and earlier.state = 'asked' and (earlier.asked_at, earlier.id) < (a.asked_at, a.id))
           order by attempt_at limit $2 for update skip locked)
        returning id, appointment_id as "appointmentId"`,
      [ctx.organizationId, limit, LEASE_SECONDS],
    )) as unknown as [{ id: Uuid; appointmentId: Uuid }[], number];
    return rows;
  }

  action(ctx: TxContext, id: Uuid): Promise<ActionEntity | null> {
    return managerOf(ctx).findOneBy(ActionEntity, { organizationId: ctx.organizationId, id });
  }

  actionsOf(ctx: TxContext, appointmentId: Uuid): Promise<ActionEntity[]> {
    return managerOf(ctx).find(ActionEntity, {
      where: { organizationId: ctx.organizationId, appointmentId },
      order: { askedAt: 'ASC', id: 'ASC' },
    });
  }

  async endAction(
    ctx: TxContext,
    id: Uuid,
    end: { state: 'written' | 'passed' | 'overtaken'; reason: string | null; workItemId?: Uuid },
  ): Promise<void> {
    await this.updateAction(ctx, id, { ...end, leasedUntil: null, endedAt: () => 'platform.now()' });
  }

  async deferAction(ctx: TxContext, id: Uuid, later: { delayMs: number; reason: string }): Promise<void> {
    await this.updateAction(ctx, id, {
      attemptAt: () => `platform.now() + interval '${Math.round(later.delayMs)} milliseconds'`,
      attempts: () => 'attempts + 1',
      reason: later.reason,
      leasedUntil: null,
    });
  }

  /** The attempt does not count: the patient has said something more, which is read first. */
  async waitToHear(ctx: TxContext, id: Uuid): Promise<void> {
    await this.updateAction(ctx, id, {
      attemptAt: () => `platform.now() + interval '1 second'`,
      leasedUntil: null,
    });
  }

  private async updateAction(ctx: TxContext, id: Uuid, change: ActionChange): Promise<void> {
    await managerOf(ctx)
      .createQueryBuilder()
      .update(ActionEntity)
      .set({ ...change, version: () => 'version + 1' })
      .where({ organizationId: ctx.organizationId, id })
      .andWhere(`state = 'asked'`)
      .execute();
  }
}

type ActionChange = { [K in keyof ActionEntity]?: ActionEntity[K] | (() => string) } & {
  appointment?: never;
};
