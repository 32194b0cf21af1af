import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import { dayOf, isWorthTelling } from '../domain/missed.policy.js';
import { SkipsRepository } from '../infrastructure/skips.repository.js';

/** Tells staff once a day that reminders were lost because their time had passed, and keeps the figures up to date. */
@Injectable()
export class MissedReminders {
  constructor(
    private readonly skips: SkipsRepository,
    private readonly organizations: OrganizationsFacade,
    private readonly worklist: WorklistFacade,
  ) {}

  /** In the transaction that lost some, after its last change: what it counts then is what commits. */
  async tell(ctx: TxContext): Promise<void> {
    const { timeZone } = await this.organizations.current(ctx);
    await this.skips.oneAtATime(ctx);
    const { day, from } = dayOf(await nowIn(ctx), timeZone);
    const detail = await this.skips.missedSince(ctx, from);
    if (!isWorthTelling(detail)) return;
    await this.worklist.raise(ctx, {
      kind: 'reminders-skipped',
      reason: 'time-had-passed',
      key: `reminders-skipped:${day}`,
      subject: { kind: 'organization', id: ctx.organizationId },
      detail,
    });
  }
}
