import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { DEFAULT_QUIET_HOURS, type QuietHours } from '../domain/quiet-hours.policy.js';
import type { Rule } from '../domain/rule.policy.js';
import { QuietHoursEntity, RuleEntity } from './rule.entity.js';

@Injectable()
export class RulesRepository {
  /** The rules in force, by key. */
  active(ctx: TxContext): Promise<RuleEntity[]> {
    return managerOf(ctx).find(RuleEntity, {
      where: { organizationId: ctx.organizationId, active: true },
      order: { key: 'ASC' },
    });
  }

  get(ctx: TxContext, id: Uuid): Promise<RuleEntity | null> {
    return managerOf(ctx).findOneBy(RuleEntity, { organizationId: ctx.organizationId, id });
  }

  /** Also rules that are no longer in force, for the steps that they made. */
  byIds(ctx: TxContext, ids: readonly Uuid[]): Promise<RuleEntity[]> {
    return managerOf(ctx).findBy(RuleEntity, { organizationId: ctx.organizationId, id: In([...ids]) });
  }

  /** Makes the rules in force be these. Returns whether anything changed. */
  async replace(ctx: TxContext, rules: readonly Rule[]): Promise<boolean> {
    let changed = await this.retireOthers(ctx, rules);
    for (const rule of rules) changed = (await this.save(ctx, rule)) || changed;
    return changed;
  }

  async quietHours(ctx: TxContext): Promise<QuietHours> {
    const row = await managerOf(ctx).findOneBy(QuietHoursEntity, { organizationId: ctx.organizationId });
    return row ? { from: row.begins, to: row.ends } : DEFAULT_QUIET_HOURS;
  }

  async saveQuietHours(ctx: TxContext, { from, to }: QuietHours): Promise<boolean> {
    const rows = await sql(
      ctx,
      `insert into scheduling.quiet_hours as q (organization_id, begins, ends) values ($1, $2, $3)
       on conflict (organization_id) do update set begins = $2, ends = $3, version = q.version + 1
        where (q.begins, q.ends) is distinct from ($2, $3)
       returning organization_id`,
      [ctx.organizationId, from, to],
    );
    return rows.length > 0;
  }

  private async retireOthers(ctx: TxContext, rules: readonly Rule[]): Promise<boolean> {
    const result = await managerOf(ctx)
      .createQueryBuilder()
      .update(RuleEntity)
      .set({ active: false, version: () => 'version + 1' })
      .where('organization_id = :organization and active and key <> all(:keys)', {
        organization: ctx.organizationId,
        keys: rules.map(({ key }) => key),
      })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  private async save(ctx: TxContext, { key, before, template, pending }: Rule): Promise<boolean> {
    const rows = await sql(
      ctx,
      `insert into scheduling.reminder_rule as r (organization_id, id, key, before, template, pending)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (organization_id, key) where active do update
          set before = $4, template = $5, pending = $6, version = r.version + 1
        where (r.before, r.template, r.pending) is distinct from ($4, $5, $6)
       returning id`,
      [ctx.organizationId, newId(), key, before, template, pending],
    );
    return rows.length > 0;
  }
}
