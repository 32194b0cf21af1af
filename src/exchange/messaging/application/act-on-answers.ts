import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { reactionTo } from '../domain/reactions.js';
import type { SendingNumber } from '../infrastructure/accounts.repository.js';
import type { GraphError } from '../infrastructure/graph-error.js';
import type { MessageChange } from '../infrastructure/ledger.repository.js';
import type { OutboxRow } from '../infrastructure/outbox.repository.js';
import { TemplatesRepository } from '../infrastructure/templates.repository.js';
import { Channels } from './channels.js';
import { MessagingMetrics } from './metrics.js';
import type { SendResult } from './send-result.js';
import { TemplateAlarms } from './template-alarms.js';

/** What answers mean beyond their own message: for the channel, the number's rate and the template. */
@Injectable()
export class ActOnAnswers {
  constructor(
    private readonly templates: TemplatesRepository,
    private readonly channels: Channels,
    private readonly alarms: TemplateAlarms,
    private readonly metrics: MessagingMetrics,
  ) {}

  async run(tx: TxContext, results: readonly SendResult[], changes: readonly MessageChange[]): Promise<void> {
    await this.release(tx, results);
    for (const { message, number, outcome } of results) {
      if (outcome.kind !== 'refused') continue;
      const dueAt = changes.find(({ id }) => id === message.id)?.dueAt;
      await this.refusal(tx, { error: outcome.error, message, number, dueAt });
    }
  }

  /** A send that went through shows that a held channel is open again. */
  private async release(tx: TxContext, results: readonly SendResult[]): Promise<void> {
    const through = new Map<Uuid, 'template' | 'free-form'>();
    for (const { message, number, outcome } of results) {
      // The channel's row is locked by whoever looks at it: only where there is something to release.
      if (outcome.kind !== 'accepted' || number.heldUntil === null) continue;
      const isTemplate = message.contentKind === 'template' || through.get(number.id) === 'template';
      through.set(number.id, isTemplate ? 'template' : 'free-form');
    }
    for (const [accountId, by] of through) await this.channels.release(tx, accountId, by);
  }

  private async refusal(
    tx: TxContext,
    about: { error: GraphError; message: OutboxRow; number: SendingNumber; dueAt: Date | undefined },
  ): Promise<void> {
    const { error, number, dueAt } = about;
    const reaction = reactionTo(error);
    this.metrics.refusals.inc({ code: String(error.code ?? `http-${error.httpStatus ?? 'none'}`), reaction });
    if (reaction === 'hold' || reaction === 'hold-templates') await this.channels.hold(tx, number.id, error);
    if (reaction === 'slow-number' && dueAt) await this.channels.slow(tx, number.id, dueAt);
    if (reaction === 'template') await this.suspend(tx, about);
  }

  private async suspend(
    tx: TxContext,
    { error, message, number }: { error: GraphError; message: OutboxRow; number: SendingNumber },
  ): Promise<void> {
    const { templateName: name, templateLanguage: language } = message;
    if (name === null || language === null) return;
    const { businessAccountId } = number;
    await this.templates.suspend(tx, { businessAccountId, name, language, code: error.code! });
    await this.alarms.raise(tx, message, 'template-not-usable');
  }
}
