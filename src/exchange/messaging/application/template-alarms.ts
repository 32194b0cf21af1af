import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';

type Reminder = Pick<MessageEntity, 'origin' | 'accountId' | 'templateName' | 'templateLanguage'>;

/** The gate's reasons that say that a template is gone, whatever the message. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'template-not-found',
  'language-not-available',
  'template-not-usable',
]);

/** Tells staff when a template that reminders were handed over with cannot be sent any more. */
@Injectable()
export class TemplateAlarms {
  constructor(private readonly worklist: WorklistFacade) {}

  /** One item per template and language, however many reminders it stops. */
  async raise(tx: TxContext, message: Reminder, reason: string): Promise<void> {
    const { origin, accountId, templateName, templateLanguage } = message;
    if (origin !== 'reminder' || !UNUSABLE.has(reason)) return;
    await this.worklist.raise(tx, {
      kind: 'template-unusable',
      reason,
      key: `template-unusable:${templateName}:${templateLanguage}`,
      subject: { kind: 'whatsapp-account', id: accountId },
    });
  }
}
