import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { afterCommit } from '../../../platform/database/transactions.js';
import { Events } from '../../../platform/jobs/events.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { holdFor, type Refusal } from '../domain/reactions.js';
import { ChannelHealthChanged } from '../events.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { TemplatesRepository } from '../infrastructure/templates.repository.js';

/** What PostgreSQL takes for "until somebody acts", as a date that JavaScript can hold. */
export const FOREVER = new Date('9999-12-31T00:00:00Z');

/** The health of a number's channel to Meta: held, slowed, or open. */
@Injectable()
export class Channels {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly templates: TemplatesRepository,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
    private readonly loops: Loops,
    private readonly log: Log,
  ) {}

  /** Nothing goes out until somebody acts, or the time for one more try has come. Messages wait as ready. */
  async hold(ctx: TxContext, accountId: Uuid, refusal: Refusal): Promise<void> {
    const hold = holdFor(refusal);
    if (!hold) return;
    const code = refusal.code ?? refusal.httpStatus ?? 0;
    const channel = await this.accounts.lockChannel(ctx, accountId);
    const heldUntil = hold.forMs === null ? FOREVER : new Date((await nowIn(ctx)).getTime() + hold.forMs);
    await this.accounts.changeChannel(ctx, accountId, { heldCode: code, heldUntil, heldScope: hold.scope });
    if (channel.heldCode !== null) return;
    this.log.error('whatsapp.channel-held', {
      organization_id: ctx.organizationId,
      id: accountId,
      code: String(code),
    });
    await this.worklist.raise(ctx, {
      kind: 'whatsapp-channel',
      reason: `meta-${code}`,
      key: keyOf(accountId),
      subject: { kind: 'whatsapp-account', id: accountId },
    });
    await this.events.publish(ctx, ChannelHealthChanged, [accountId]);
  }

  /**
   * A send went through, a check succeeded, or the account was changed: what waited may go. A free-form message that
   * went through says nothing of templates, which alone may be held.
   */
  async release(
    ctx: TxContext,
    accountId: Uuid,
    by: 'free-form' | 'template' | 'staff' = 'staff',
  ): Promise<void> {
    const channel = await this.accounts.lockChannel(ctx, accountId);
    if (channel.heldCode === null) return;
    if (by === 'free-form' && channel.heldScope === 'templates') return;
    await this.accounts.changeChannel(ctx, accountId, { heldCode: null, heldUntil: null, heldScope: null });
    await this.worklist.resolve(ctx, keyOf(accountId), 'channel-open');
    await this.events.publish(ctx, ChannelHealthChanged, [accountId]);
    afterCommit(ctx, () => void this.loops.wake('messaging.send'));
  }

  /** Meta asked this number to slow down. */
  async slow(ctx: TxContext, accountId: Uuid, until: Date): Promise<void> {
    const channel = await this.accounts.lockChannel(ctx, accountId);
    if (channel.slowUntil && channel.slowUntil >= until) return;
    await this.accounts.changeChannel(ctx, accountId, { slowUntil: until });
  }

  /** Null: the templates of every account. */
  async readTemplatesSoon(ctx: TxContext, accountIds: readonly Uuid[] | null): Promise<void> {
    await this.templates.setDue(ctx, accountIds);
    afterCommit(ctx, () => void this.loops.wake('messaging.templates'));
  }
}

function keyOf(accountId: Uuid): string {
  return `whatsapp-channel:${accountId}`;
}
